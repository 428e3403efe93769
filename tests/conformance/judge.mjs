// The vendor's own library is the judge: of flowsim's signatures, and of what flowd takes for signed.
//
//   node judge.mjs --flowsim PATH --flowd PATH [--seed N] [--cases N]
//
// Ends with 0 when both agree with it, 1 when not, 77 when the library is not installed (scripts/setup does that).
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let twilio;
try {
  twilio = (await import("twilio")).default;
} catch {
  console.log("skipped: npm package twilio is not installed; run scripts/setup");
  process.exit(77);
}
const { validateRequest, getExpectedTwilioSignature } = twilio;

const options = { seed: String(Date.now() % 1000000), cases: "300" };
for (let i = 2; i + 1 < process.argv.length; i += 2) options[process.argv[i].slice(2)] = process.argv[i + 1];
console.log(`seed ${options.seed} (--seed ${options.seed} repeats this run)`);

const accountSid = "AC00000000000000000000000000f10w51";
const authToken = "flowsim-sms-auth-token";
const publicUrl = "https://flowd.example.org";
const folder = mkdtempSync(join(tmpdir(), "flow-conformance-"));
const children = [];
let failures = 0;

function check(good, what) {
  if (good) return;
  failures += 1;
  console.log(`FAILED: ${what}`);
}

// A small generator with a seed of its own: the same cases for the same seed.
let state = Number(options.seed) >>> 0;
function random(bound) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % bound;
}
const pick = (list) => list[random(list.length)];

function start(program, args, env = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  return child;
}

async function until(condition, what) {
  for (let i = 0; i < 300; i += 1) {
    const value = condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited 15 s for ${what}`);
}

const portIn = (file) => until(() => existsSync(file) && readFileSync(file, "utf8").trim(), file);

// ---- flowsim: its requests' checks by the vendor's client, its signatures by the vendor's validator

// Where reports arrive.
async function openInbox() {
  const reports = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      reports.push({ url: request.url, headers: request.headers, body });
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { reports, server, url: `http://127.0.0.1:${server.address().port}` };
}

// The vendor's client, with every request going to flowsim instead.
function clientFor(base) {
  const httpClient = {
    async request({ method, uri, username, password, data, headers }) {
      const answer = await fetch(uri.replace("https://api.twilio.com", base), {
        method,
        headers: {
          ...headers,
          authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams(data).toString(),
      });
      return { statusCode: answer.status, body: JSON.parse(await answer.text()), headers: {} };
    },
  };
  return (token) => twilio(accountSid, token, { httpClient });
}

async function judgeFlowsim() {
  const portFile = join(folder, "flowsim.port");
  const script = join(folder, "script.toml");
  writeFileSync(script, `
[[rules]]
number = "+14155550199"
reports = [{ status = "sent" }, { status = "failed", code = 30003 }]
[[rules]]
number = "+14155550198"
answer = "error"
code = 21610
`);
  start(options.flowsim, ["--listen", "127.0.0.1:0", "--clock-rate", "100", "--port-file", portFile, "--script", script]);
  const client = clientFor(`http://127.0.0.1:${await portIn(portFile)}`);
  const inbox = await openInbox();
  const callbacks = ["/status?c=abc-_123", "/status", "/a%20b?x=%26&y=1%2B1", "/status?empty=&c=%C3%A9"];
  for (const callback of callbacks) {
    const message = await client(authToken).messages.create({
      to: pick(["+14155550100", "+14155550199"]), from: "SHOP & CO", body: "Code: 482913 é 漢字 &=+%",
      statusCallback: inbox.url + callback, validityPeriod: 60,
    });
    check(message.sid.startsWith("SM") && message.status === "queued", `answer to a message: ${JSON.stringify(message)}`);
  }
  const refused = async (token, fields, code) => {
    try {
      await client(token).messages.create(fields);
      check(false, `flowsim took ${JSON.stringify(fields)}`);
    } catch (error) {
      check(error.code === code, `flowsim refused with ${error.code}, not ${code}`);
    }
  };
  await refused(authToken, { to: "+14155550198", from: "SHOP", body: "x" }, 21610);
  await refused(authToken, { to: "nobody", from: "SHOP", body: "x" }, 21211);
  await refused("wrong", { to: "+14155550100", from: "SHOP", body: "x" }, 20003);

  await until(() => inbox.reports.length >= 2 * callbacks.length, "flowsim's reports");
  for (const { url, headers, body } of inbox.reports) {
    const params = Object.fromEntries(new URLSearchParams(body));
    const signature = headers["x-twilio-signature"];
    const full = inbox.url + url;
    check(validateRequest(authToken, signature, full, params), `signature of ${full} ${body}`);
    check(!validateRequest("other", signature, full, params), "another token's signature");
    check(!validateRequest(authToken, signature, `${full}x`, params), "another address' signature");
    check(!validateRequest(authToken, signature, full, { ...params, MessageStatus: "read" }), "another body's signature");
    check(["sent", "delivered", "undelivered"].includes(params.MessageStatus), `status ${params.MessageStatus}`);
    check((params.MessageStatus === "undelivered") === (params.ErrorCode === "30003"), "error code of a failure");
  }
  inbox.server.close();
  console.log(`flowsim: ${inbox.reports.length} signed reports judged`);
}

// ---- flowd: the same verdict as the vendor's validator, request by request

const words = ["", "a", "queued", "delivered", "+14155550100", "é", "漢字", "a b", "a+b", "%41", "&", "=", "'", "x".repeat(200)];
const names = ["From", "To", "SmsSid", "ErrorCode", "Zulu", "alpha", "MessageSid2", "é", "a b"];
const queries = ["?c=abc", "", "?c=a-_b", "?x=%26&y=1%2B1", "?c=%C3%A9", "?empty=&c=1", "?a=1&a=2"];

function randomCase() {
  const params = { AccountSid: accountSid, MessageStatus: pick(["queued", "sent", "delivered", "undelivered", "?"]) };
  for (let i = random(5); i > 0; i -= 1) {
    const values = Array.from({ length: 1 + random(3) }, () => pick(words));
    params[pick(names)] = values.length === 1 ? values[0] : values;
  }
  const path = `/v1/webhooks/sms_otp${pick(queries)}`;
  const signed = pick([publicUrl, `${publicUrl}:443`]) + path;
  return { params, path, signature: getExpectedTwilioSignature(authToken, signed, params) };
}

function encode(params) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) for (const one of [value].flat()) body.append(name, one);
  return body.toString();
}

// One thing changed after signing, sometimes nothing.
function mutate({ params, path, signature }) {
  const name = pick(Object.keys(params));
  switch (random(8)) {
    case 0: return { params: { ...params, [name]: `${[params[name]].flat()[0]}x` }, path, signature };
    case 1: return { params: { ...params, Extra: "1" }, path, signature };
    case 2: return { params, path: path.includes("?") ? `${path}&z=1` : `${path}?z=1`, signature };
    case 3: return { params, path, signature: signature.slice(0, -2) + (signature.at(-2) === "A" ? "B" : "A") + "=" };
    case 4: return { params, path, signature: "" };
    case 5: return { params, path, signature: getExpectedTwilioSignature("other", publicUrl + path, params) };
    default: return { params, path, signature };
  }
}

async function judgeFlowd() {
  const portFile = join(folder, "flowd.port");
  const config = join(folder, "flowd.toml");
  writeFileSync(config, `
[server]
listen = "127.0.0.1:0"
public_url = "${publicUrl}"
[[sealing_keys]]
id = "test"
key = "env:FLOW_TEST_SEALING_KEY"
[channels.sms_otp]
provider = "twilio_sms"
account_sid = "${accountSid}"
auth_token = "env:FLOW_TEST_AUTH_TOKEN"
`);
  start(options.flowd, ["serve", "--data", join(folder, "data"), "--config", config, "--port-file", portFile], {
    FLOW_TEST_SEALING_KEY: Buffer.alloc(32, "k").toString("base64"),
    FLOW_TEST_AUTH_TOKEN: authToken,
  });
  const base = `http://127.0.0.1:${await portIn(portFile)}`;
  const seen = { 200: 0, 401: 0 };
  for (let i = 0; i < Number(options.cases); i += 1) {
    const { params, path, signature } = mutate(randomCase());
    const answer = await fetch(base + path, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature },
      body: encode(params),
    });
    const wanted = validateRequest(authToken, signature, publicUrl + path, params) && params.AccountSid === accountSid ? 200 : 401;
    check(answer.status === wanted, `flowd answered ${answer.status}, not ${wanted}: ${path} ${JSON.stringify(params)} ${signature}`);
    seen[answer.status] = (seen[answer.status] ?? 0) + 1;
  }
  check(seen[200] > 20 && seen[401] > 20, `both verdicts must occur: ${JSON.stringify(seen)}`);
  console.log(`flowd: ${options.cases} webhooks judged, ${seen[200]} taken, ${seen[401]} refused`);
}

try {
  if (options.flowsim) await judgeFlowsim();
  if (options.flowd) await judgeFlowd();
} catch (error) {
  failures += 1;
  console.log(`FAILED: ${error.stack}`);
} finally {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => child.exitCode ?? new Promise((resolve) => child.on("exit", resolve))));
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failures === 0 ? 0 : 1);
