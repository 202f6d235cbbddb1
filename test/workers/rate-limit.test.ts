import { expect, test } from "vitest";
import type { Env } from "../../objects/shared/platform/env.ts";
import { addressKey, limitAddress } from "../../workers/rate-limit.ts";

function from(address: string | undefined): Request {
  return new Request("https://parley.test/", { headers: address === undefined ? {} : { "cf-connecting-ip": address } });
}

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:cb00:7107", "203.0.113.7"],
  ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
  ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::2", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["64:ff9b::203.0.113.7", "64:ff9b:0:0::/64"],
  ["127.0.0.1", null],
  ["127.1.2.3", null],
  ["::1", null],
  ["0:0:0:0:0:0:0:1", null],
  ["::ffff:127.0.0.1", null],
  [undefined, null],
  ["", "unknown"],
  ["nowhere", "unknown"],
  ["1.2.3.4.5", "unknown"],
  ["2001:db8:::1", "unknown"],
  ["203.0.113.7:80", "203.0.113.7"],
  ["a@203.0.113.7", "unknown"],
])("requests from %s are counted under %s", (address, key) => {
  expect(addressKey(from(address))).toBe(key);
});

test("[G12] all addresses of one IPv6 /64 are counted together", async () => {
  const counted: string[] = [];
  const env = {
    PARLEY_RATE_LIMITS: "on",
    RATE_LIMIT_ADDRESS: {
      limit: ({ key }: { key: string }) => {
        counted.push(key);
        return Promise.resolve({ success: counted.filter((each) => each === key).length <= 3 });
      },
    },
  } as unknown as Env;
  const answers = [];
  for (let n = 0; n < 5; n++) answers.push((await limitAddress(env, from(`2001:db8:1:2:${n}::${n}`))).ok);
  answers.push((await limitAddress(env, from("2001:db8:1:3::1"))).ok);
  expect(answers).toEqual([true, true, true, false, false, true]);
});
