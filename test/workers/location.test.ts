import { expect, test } from "vitest";
import { placeOf } from "../../workers/location.ts";

function from(cf: Record<string, string> | undefined): Request {
  const request = new Request("https://parley.test/");
  Object.defineProperty(request, "cf", { value: cf });
  return request;
}

test.each([
  [{ continent: "NA", country: "US", longitude: "-122.4" }, "wnam"],
  [{ continent: "NA", country: "US", longitude: "-74.0" }, "enam"],
  [{ continent: "SA", country: "BR", longitude: "-46.6" }, "sam"],
  [{ continent: "EU", country: "PT", longitude: "-9.1" }, "weur"],
  [{ continent: "EU", country: "UA", longitude: "30.5" }, "eeur"],
  [{ continent: "AS", country: "JP", longitude: "139.7" }, "apac"],
  [{ continent: "AS", country: "AE", longitude: "55.3" }, "me"],
  [{ continent: "OC", country: "NZ", longitude: "174.8" }, "oc"],
  [{ continent: "AF", country: "KE", longitude: "36.8" }, "afr"],
  [{ continent: "AN" }, null],
  [undefined, null],
])("an object made from %j lives in %s", (cf, hint) => {
  expect(placeOf(from(cf)).hint).toBe(hint);
});
