// The only module that talks to the server. Every call answers with the server's record, or throws an Error whose
// message a person can act on.

const BASE = "/api/v1";

async function send(method, path, { body, type, signal } = {}) {
  let response;
  try {
    response = await fetch(BASE + path, { method, headers: type ? { "Content-Type": type } : {}, body, signal });
  } catch {
    throw new Error(signal?.aborted ? STOPPED : "The server cannot be reached. Is growloop serve still running?");
  }
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  throw Object.assign(new Error(error?.message ?? `The server refused this (${response.status}).`), {
    columns: error?.columns,
    status: response.status,
  });
}

const json = (value) => ({ body: JSON.stringify(value), type: "application/json" });

const call = async (...what) => (await send(...what)).json();

export const ask = (question, context, by = "current") =>
  call("POST", "/ask", json({ question, context: context || null, by }));

// Asks, and tells the answer so far as it is written; answers with all of it, as `ask` does.
export async function listen(question, context, onText) {
  const { body } = await send("POST", "/ask/events", json({ question, context: context || null }));
  for await (const [kind, found] of events(body)) {
    if (kind === "answer") return found;
    if (kind === "error") throw new Error(found.message);
    onText(found.text);
  }
  throw new Error(HALF_SAID);
}

const HALF_SAID = "The connection was lost before the answer was whole. Ask again once the server runs.";

async function* events(body) {
  for await (const text of parts(body, "\n\n", () => new Error(HALF_SAID))) {
    const [, kind] = text.match(/^event: (.*)$/m) ?? [];
    const [, data] = text.match(/^data: (.*)$/m) ?? [];
    if (data) yield [kind ?? "message", JSON.parse(data)];
  }
}

// What is streamed, cut at a mark.
async function* parts(body, mark, lost) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read().catch(() => {
      throw lost();
    });
    if (done) return;
    const whole = (rest + value).split(mark);
    rest = whole.pop();
    yield* whole;
  }
}

export const save = (annotation) => call("POST", "/annotations", json(annotation));
export const undo = (id) => call("POST", `/annotations/${id}/undo`);
export const like = (id) => call("GET", `/annotations/${id}/like`);
export const take = (wanted) => call("POST", "/queue/lease", json(wanted));
export const status = () => call("GET", "/status");

// imports

const STOPPED = "Stopped. What was not finished was not kept.";
const CUT_OFF =
  "The connection was lost before the end. Choose the file again once the server runs: what came in is not added twice.";

export const upload = (file, signal) =>
  call("POST", `/imports?name=${encodeURIComponent(file.name)}`, { body: file, type: "application/octet-stream", signal });
export const preview = (id, options) => call("POST", `/imports/${id}/preview`, json(options));
export const forget = (id) => fetch(`${BASE}/imports/${id}`, { method: "DELETE", keepalive: true }).catch(() => {});

// Imports a file and tells each step; answers with what it brought.
export async function run(id, options, onStep, signal) {
  const response = await send("POST", `/imports/${id}/run`, { ...json(options), signal });
  for await (const line of lines(response.body, signal)) {
    if (line.done) return line.done;
    if (line.error) throw new Error(line.error.message);
    onStep(line.progress);
  }
  throw new Error(CUT_OFF);
}

async function* lines(body, signal) {
  const lost = () => new Error(signal.aborted ? STOPPED : CUT_OFF);
  for await (const line of parts(body, "\n", lost)) yield JSON.parse(line);
}

// jobs

export const startJob = (kind, options) => call("POST", "/jobs", json({ kind, options }));
export const cancelJob = (id) => call("POST", `/jobs/${id}/cancel`);
export const resumeJob = (id) => call("POST", `/jobs/${id}/resume`);
export const jobLog = (id, after) => call("GET", `/jobs/${id}/log${after === null ? "" : `?after=${after}`}`);

// Tells the newest jobs whenever one of them has changed, over restarts of the server too.
export function watchJobs(onJobs) {
  const source = new EventSource(`${BASE}/jobs/events`);
  source.onmessage = (event) => onJobs(JSON.parse(event.data));
  addEventListener("pagehide", () => source.close());
}

// declarations

export const checkDeclaration = (name, text, signal) =>
  call("POST", `/declarations/${name}/check`, { ...json({ text }), signal });
export const saveDeclaration = (name, text, seal, anyway) =>
  call("PUT", `/declarations/${name}`, json({ text, seal, anyway }));
