/** Owns where a new object lives: near its creator. The network sends the creator's place with each request. */

/** Where a request came from, as far as it is known. */
export type Place = { country: string | null; colo: string | null; hint: DurableObjectLocationHint | null };

const middleEast = new Set([
  "AE",
  "BH",
  "CY",
  "IL",
  "IQ",
  "IR",
  "JO",
  "KW",
  "LB",
  "OM",
  "PS",
  "QA",
  "SA",
  "SY",
  "TR",
  "YE",
]);
/** West of this longitude North America is nearer to its western data centres. */
const americanDivide = -100;
/** East of this longitude Europe is nearer to its eastern ones. */
const europeanDivide = 16;

export function placeOf(request: Request): Place {
  const cf = request.cf;
  const country = text(cf?.["country"]);
  const longitude = Number(cf?.["longitude"] ?? Number.NaN);
  return { country, colo: text(cf?.["colo"]), hint: hintOf(text(cf?.["continent"]), country, longitude) };
}

/** The country and town from which a request came, for a person to read. */
export function townOf(request: Request): { country: string | null; city: string | null } {
  const cf = request.cf;
  return { country: text(cf?.["country"]), city: text(cf?.["city"]) };
}

export type Near = { locationHint?: DurableObjectLocationHint };

/** Where an object is created. Every call that may be an object's first carries it; for later calls it means nothing. */
export function nearTo(request: Request): Near {
  const { hint } = placeOf(request);
  return hint === null ? {} : { locationHint: hint };
}

function hintOf(continent: string | null, country: string | null, longitude: number): DurableObjectLocationHint | null {
  if (country !== null && middleEast.has(country)) return "me";
  switch (continent) {
    case "NA":
      return longitude < americanDivide ? "wnam" : "enam";
    case "SA":
      return "sam";
    case "EU":
      return longitude > europeanDivide ? "eeur" : "weur";
    case "AS":
      return "apac";
    case "OC":
      return "oc";
    case "AF":
      return "afr";
    default:
      return null;
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
