/** Reads wrangler.toml by wrangler's own reader: by default its first block, with which local servers run. */
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";

/** The part of it that a local server needs. */
export interface LocalConfig {
  readonly name: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  /** Binding → class. All classes are SQLite-backed. */
  readonly durableObjects: Readonly<Record<string, string>>;
  readonly buckets: readonly string[];
  readonly bucketNames: readonly string[];
  readonly databases: readonly string[];
  /** Binding → queue. */
  readonly producers: Readonly<Record<string, string>>;
  readonly consumers: readonly LocalConsumer[];
  readonly rateLimits: Readonly<
    Record<
      string,
      { readonly namespace_id: string; readonly simple: { readonly limit: number; readonly period: 10 | 60 } }
    >
  >;
  readonly assets: {
    readonly binding: string;
    readonly workerFirst: readonly string[];
    readonly notFound: "none" | "single-page-application" | "404-page";
  };
  readonly versionBinding: string;
  readonly secrets: readonly string[];
  readonly migrationsFolder: string;
}

export interface LocalConsumer {
  readonly queue: string;
  readonly maxBatchSize: number;
  readonly maxBatchTimeout: number;
  readonly maxRetries: number;
  readonly retryDelay: number;
  /** Dead-letter queues themselves have none. */
  readonly deadLetterQueue?: string;
}

/** The fields of wrangler's reader that this file uses. Wrangler's own declaration of them is in a package that it does not ship. */
interface WranglerConfig {
  readonly name?: string;
  readonly compatibility_date?: string;
  readonly compatibility_flags: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
  readonly r2_buckets: readonly { readonly binding: string; readonly bucket_name?: string }[];
  readonly d1_databases: readonly { readonly database_name?: string; readonly migrations_dir?: string }[];
  readonly queues: {
    readonly producers?: readonly { readonly binding: string; readonly queue?: string }[];
    readonly consumers?: readonly {
      readonly queue: string;
      readonly max_batch_size?: number;
      readonly max_batch_timeout?: number;
      readonly max_retries?: number;
      readonly retry_delay?: number;
      readonly dead_letter_queue?: string;
    }[];
  };
  readonly ratelimits: readonly ({ readonly name: string } & LocalConfig["rateLimits"][string])[];
  readonly assets?: {
    readonly binding?: string;
    readonly run_worker_first?: readonly string[] | boolean;
    readonly not_found_handling?: LocalConfig["assets"]["notFound"];
  };
  readonly version_metadata?: { readonly binding: string };
  readonly secrets?: { readonly required?: readonly string[] };
}

export function readLocalConfig(environment = ""): LocalConfig {
  const config: WranglerConfig = unstable_readConfig(
    { config: join(import.meta.dirname, "../../wrangler.toml"), env: environment },
    { hideWarnings: true },
  );
  const workerFirst = config.assets?.run_worker_first;
  return {
    name: given(config.name, "name"),
    compatibilityDate: given(config.compatibility_date, "compatibility_date"),
    compatibilityFlags: config.compatibility_flags,
    vars: Object.fromEntries(Object.entries(config.vars).map(([name, value]) => [name, String(value)])),
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map((binding) => [binding.name, binding.class_name]),
    ),
    buckets: config.r2_buckets.map((bucket) => bucket.binding),
    bucketNames: config.r2_buckets.map((bucket) => given(bucket.bucket_name, "bucket_name")),
    databases: config.d1_databases.map((database) => given(database.database_name, "database_name")),
    producers: Object.fromEntries(
      (config.queues.producers ?? []).map((producer) => [producer.binding, given(producer.queue, "queue")]),
    ),
    consumers: (config.queues.consumers ?? []).map((consumer) => ({
      queue: consumer.queue,
      maxBatchSize: given(consumer.max_batch_size, "max_batch_size"),
      maxBatchTimeout: given(consumer.max_batch_timeout, "max_batch_timeout"),
      maxRetries: given(consumer.max_retries, "max_retries"),
      retryDelay: given(consumer.retry_delay, "retry_delay"),
      ...(consumer.dead_letter_queue === undefined ? {} : { deadLetterQueue: consumer.dead_letter_queue }),
    })),
    rateLimits: Object.fromEntries(
      config.ratelimits.map((limit) => [limit.name, { namespace_id: limit.namespace_id, simple: limit.simple }]),
    ),
    assets: {
      binding: given(config.assets?.binding, "assets.binding"),
      notFound: given(config.assets?.not_found_handling, "assets.not_found_handling"),
      workerFirst: typeof workerFirst === "object" ? workerFirst : [],
    },
    versionBinding: given(config.version_metadata?.binding, "version_metadata.binding"),
    secrets: config.secrets?.required ?? [],
    migrationsFolder: given(config.d1_databases[0]?.migrations_dir, "migrations_dir"),
  };
}

function given<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`wrangler.toml says nothing of ${name}`);
  return value;
}
