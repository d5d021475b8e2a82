// The only module that talks to the server. Every call answers with the server's record, or throws an Error whose
// message a person can act on.

const BASE = "/api/v1";

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The server cannot be reached. Is growloop serve still running?");
  }
  const reply = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(reply.error?.message ?? `The server refused this (${response.status}).`);
  return reply;
}

export const ask = (question, context) => call("POST", "/ask", { question, context: context || null });
export const save = (annotation) => call("POST", "/annotations", annotation);
export const undo = (id) => call("POST", `/annotations/${id}/undo`);
export const status = () => call("GET", "/status");
