import { expect, test } from "vitest";
import { pushServiceOf } from "../../../core/push/endpoint.ts";
import { limits } from "../../../schema/limits.ts";
import { cpuMsOf } from "../../rig/cpu-time.ts";

const good = "https://fcm.googleapis.com/fcm/send/abc:APA91b-_~%2F?x=1&y=2";

test.each([
  [good, "fcm.googleapis.com"],
  ["https://fcm.googleapis.com:443/wp/abc", "fcm.googleapis.com"],
  ["HTTPS://FCM.GoogleAPIs.com/wp/abc", "fcm.googleapis.com"],
  ["https://jmt17.google.com/fcm/send/abc", "jmt17.google.com"],
  ["https://updates.push.services.mozilla.com/wpush/v2/gAAAA", "updates.push.services.mozilla.com"],
  ["https://web.push.apple.com/QGuQ", "web.push.apple.com"],
  ["https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%3d%3d", "wns2-par02p.notify.windows.com"],
])("[N10] a push may be sent to %s", (endpoint, service) => {
  expect(pushServiceOf(endpoint, "")).toBe(service);
});

const evasions = [
  "",
  "fcm.googleapis.com/x",
  "//fcm.googleapis.com/x",
  "https:fcm.googleapis.com/x",
  "https:/fcm.googleapis.com/x",
  "https:///fcm.googleapis.com/x",
  "https://fcm.googleapis.com",
  "https://fcm.googleapis.com?x",
  "http://fcm.googleapis.com/x",
  "ftp://fcm.googleapis.com/x",
  "ws://fcm.googleapis.com/x",
  "data:text/plain,https://fcm.googleapis.com/x",
  "javascript:fetch('https://fcm.googleapis.com/x')",
  "file:///etc/passwd",
  "blob:https://fcm.googleapis.com/x",
  "https://fcm.googleapis.com:80/x",
  "https://fcm.googleapis.com:8443/x",
  "https://fcm.googleapis.com:0443/x",
  "https://fcm.googleapis.com:443443/x",
  "https://fcm.googleapis.com:/x",
  "https://fcm.googleapis.com:-1/x",
  "https://user@fcm.googleapis.com/x",
  "https://user:password@fcm.googleapis.com/x",
  "https://fcm.googleapis.com@evil.example/x",
  "https://fcm.googleapis.com:443@evil.example/x",
  "https://@fcm.googleapis.com/x",
  "https://evil.example/https://fcm.googleapis.com/x",
  "https://evil.example?fcm.googleapis.com/x",
  "https://evil.example#fcm.googleapis.com/x",
  "https://evil.example\\@fcm.googleapis.com/x",
  "https:\\\\fcm.googleapis.com\\x",
  "https://fcm.googleapis.com\\x",
  "https://fcm.googleapis.com\\.evil.example/x",
  "https://fcm.googleapis.com.evil.example/x",
  "https://evil-fcm.googleapis.com/x",
  "https://evil-fcm.googleapis.com.evil/x",
  "https://fcm.googleapis.comx/x",
  "https://xfcm.googleapis.com/x",
  "https://sub.fcm.googleapis.com/x",
  "https://googleapis.com/x",
  "https://storage.googleapis.com/x",
  "https://fcm.googleapis.com./x",
  "https://.fcm.googleapis.com/x",
  "https://fcm..googleapis.com/x",
  "https://fcm%2egoogleapis%2ecom/x",
  "https://%66cm.googleapis.com/x",
  "https://fcm.googleapis.com%00.evil.example/x",
  "https://fcm.googleapis.com%2f@evil.example/x",
  "https://fcm.googleapis。com/x",
  "https://fcm.googleapis．com/x",
  "https://fcm.gооgleapis.com/x",
  "https://ｆcm.googleapis.com/x",
  "https://xn--fcm-googleapis-com.example/x",
  "https://xn--fcm.googleapis.com/x",
  "https://fcm.googleapis.com/x#fragment",
  "https://fcm.googleapis.com/x y",
  "https://fcm.googleapis.com/x\ty",
  "https://fcm.googleapis.com/x\r\nhost: evil.example",
  "https://fcm.goog\nleapis.com/x",
  "https://fcm.goog\tleapis.com/x",
  "\thttps://fcm.googleapis.com/x",
  " https://fcm.googleapis.com/x",
  "https://fcm.googleapis.com/x\n",
  "https://fcm.googleapis.com/x\u0000",
  "https://fcm.googleapis.com/\u202Ex",
  "https://fcm.googleapis.com/é",
  "https://fcm.googleapis.com/%zz",
  "https://fcm.googleapis.com/%",
  "https://127.0.0.1/x",
  "https://2130706433/x",
  "https://0x7f000001/x",
  "https://0177.0.0.1/x",
  "https://127.1/x",
  "https://[::1]/x",
  "https://[::ffff:127.0.0.1]/x",
  "https://[fe80::1%25eth0]/x",
  "https://localhost/x",
  "https://169.254.169.254/latest/meta-data",
  "https://notify.windows.com/x",
  "https://a.b.notify.windows.com/x",
  "https://-.notify.windows.com/x",
  "https://a..notify.windows.com/x",
  "https://evilnotify.windows.com/x",
  "https://a.notify.windows.com.evil.example/x",
  "https://push.apple.com/x",
  "https://evil.example/.push.apple.com/x",
  `https://fcm.googleapis.com/${"x".repeat(limits.pushEndpointCharactersMax)}`,
  `https://${"a".repeat(5_000)}.notify.windows.com/x`,
];

test.each(evasions)("[N10] no push may be sent to %j", (endpoint) => {
  expect(pushServiceOf(endpoint, "")).toBeNull();
});

test("[N10] what is accepted is read alike by the URL reader of the platform", () => {
  expect(evasions.length).toBeGreaterThanOrEqual(40);
  for (const hosts of ["", "evil.example,127.0.0.1,localhost:8080,[::1]"])
    for (const endpoint of [good, ...evasions]) {
      const service = pushServiceOf(endpoint, hosts);
      if (service === null) continue;
      const url = new URL(endpoint);
      expect({ host: url.host, username: url.username, hash: url.hash }).toEqual({
        host: service,
        username: "",
        hash: "",
      });
    }
});

test("[N10] PUSH_HOSTS adds hosts, with http and, where it names none, any port; and no other form of their address", () => {
  const hosts = " push.test , 127.0.0.1:9000,[::1]:9001 ";
  const of = (endpoint: string) => pushServiceOf(endpoint, hosts);
  expect(of("http://push.test/x")).toBe("push.test");
  expect(of("http://push.test:8080/x")).toBe("push.test:8080");
  expect(of("https://push.test:8443/x")).toBe("push.test:8443");
  expect(of("http://127.0.0.1:9000/x")).toBe("127.0.0.1:9000");
  expect(of("https://127.0.0.1:9000/x")).toBe("127.0.0.1:9000");
  expect(of("http://[::1]:9001/x")).toBe("[::1]:9001");
  const refused = [
    "http://127.0.0.1/x",
    "http://127.0.0.1:9001/x",
    "http://127.1:9000/x",
    "http://2130706433:9000/x",
    "http://0x7f.0.0.1:9000/x",
    "http://user@127.0.0.1:9000/x",
    "http://127.0.0.1:9000@evil.example/x",
    "http://127.0.0.1:9000#x",
    "http://sub.push.test/x",
    "http://push.test.evil.example/x",
    "ftp://push.test/x",
    "http://fcm.googleapis.com/x",
    "https://fcm.googleapis.com:9000/x",
  ];
  for (const endpoint of refused) expect(of(endpoint), endpoint).toBeNull();
  expect(pushServiceOf("http:///x", "")).toBeNull();
});

test("an address is judged in time in proportion to its length", () => {
  const ms = cpuMsOf(() => {
    for (const part of ["a.", "%41", "a-", "@", "/", ":1"]) pushServiceOf(`https://${part.repeat(500_000)}`, "");
    for (let n = 0; n < 200; n++) pushServiceOf(`https://${"a-".repeat(1_000)}.notify.windows.com!`, "");
  });
  expect(ms).toBeLessThan(500);
});
