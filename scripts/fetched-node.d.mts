/** The types of fetched-node.mjs, which old Nodes must be able to read. */
interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string } | undefined>>;
}

export function nodePackage(platform: string, arch: string): string;
export function layOutNode(folder: string, name: string, lockfile: Lockfile): boolean;
