/** The types of local-files.mjs, which the runtime is given as it is. */
export interface Encoding {
  readonly name: string;
  readonly ending: string;
}

export function chosenEncoding(accepted: string): Encoding | undefined;
