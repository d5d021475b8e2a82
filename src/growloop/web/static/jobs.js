// The page Jobs: jobs are started, and every card shows how far its job is, as it goes.

import * as api from "./api.js";
import { number, stageTold } from "./told.js";

const one = (selector, within = document) => within.querySelector(selector);
const field = (name, within) => one(`[data-field="${name}"]`, within);

const words = JSON.parse(one("#board").dataset.words);
const list = one("#jobs");
const said = one("#said");
const LOG_EVERY = 1000;

document.documentElement.classList.add("js");

// what is known of the jobs

if (!new URLSearchParams(location.search).has("before")) api.watchJobs(showAll);

function showAll(reports) {
  for (const report of reports.toReversed()) show(report);
  one(".nothing").hidden = list.children.length > 0;
}

function show(report) {
  const { job, state, progress, result, error } = report;
  const card = cardOf(job);
  card.dataset.state = state;
  put(card, "state", words.states[state]);
  const far = field("how-far", card);
  far.hidden = !progress;
  if (progress) {
    const bar = one("progress", far);
    if (progress.total) Object.assign(bar, { max: progress.total, value: progress.done });
    else bar.removeAttribute("value");
    put(card, "stage", stageTold(progress, report.seconds_left));
    put(card, "note", progress.note);
  }
  for (const [name, text] of [["said", result?.said], ["error", error]]) {
    put(card, name, text || "");
    field(name, card).hidden = !text;
  }
}

function cardOf(job) {
  const known = one(`[data-id="${CSS.escape(job.id)}"]`, list);
  if (known) return known;
  const card = one("#job-card").content.firstElementChild.cloneNode(true);
  card.dataset.id = job.id;
  put(card, "kind", words.kinds[job.kind]);
  put(card, "options", optionsTold(job.options));
  put(card, "at", job.created.slice(0, 16).replace("T", " "));
  put(card, "by", job.by ? ` · ${job.by}` : "");
  for (const named of card.querySelectorAll("[data-field=named]")) named.textContent = job.id;
  one("progress", card).ariaLabel = `Progress of ${job.id}`;
  for (const form of card.querySelectorAll("[data-act]")) form.action = `/jobs/${job.id}/${form.dataset.act}`;
  list.prepend(card);
  return card;
}

function put(card, name, text) {
  const place = field(name, card);
  if (place.textContent !== text) place.textContent = text;
}

const optionsTold = (options) =>
  Object.entries(options)
    .filter(([, value]) => value !== null && value !== false && Object.keys(Object(value)).length + (typeof value !== "object") > 0)
    .map(([name, value]) => optionTold(name.replaceAll("_", " "), value))
    .join(" · ");
function optionTold(name, value) {
  if (value === true) return name;
  if (Array.isArray(value)) return `${name} ${value.join(", ")}`;
  return typeof value === "object" ? pairsTold(value) : `${name} ${typeof value === "number" ? number(value) : value}`;
}
const pairsTold = (pairs) => Object.entries(pairs).map(([name, value]) => `${name}=${value}`).join(" · ");

// what a person does

document.addEventListener("submit", async (event) => {
  const { act } = event.target.dataset;
  const starts = event.target.closest(".start");
  if (!act && !starts) return;
  event.preventDefault();
  const button = event.submitter;
  button.disabled = true;
  try {
    if (starts) await start(event.target, button.value);
    else await change(act, event.target.closest(".job"));
  } catch (error) {
    tell(error.message, { isBad: true });
  } finally {
    button.disabled = false;
  }
});

async function start(form, kind) {
  const options = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
  if (options.where) {
    const pairs = options.where.split("\n").filter((line) => line.includes("="));
    options.where = Object.fromEntries(pairs.map((line) => [line.split("=")[0].trim(), line.slice(line.indexOf("=") + 1).trim()]));
  }
  show(await api.startJob(kind, options));
  one(".nothing").hidden = true;
  tell(`${words.kinds[kind]}: asked for.`);
  list.focus({ preventScroll: true });
  list.firstElementChild.scrollIntoView({ block: "nearest" });
}

async function change(act, card) {
  const { id } = card.dataset;
  if (act === "cancel") tell("Cancelling…");
  show(await (act === "cancel" ? api.cancelJob(id) : api.resumeJob(id)));
  tell(act === "cancel" ? "Cancelled. What was done is kept." : "It goes on.");
}

// logs, read on while they are open

list.addEventListener("toggle", (event) => event.target.open && follow(event.target), true);

async function follow(details) {
  if (details.follows) return;
  details.follows = true;
  const place = field("log", details);
  const { id } = details.closest(".job").dataset;
  for (let after = null; details.open && details.isConnected; ) {
    const { log, after: end } = await api.jobLog(id, after).catch(() => ({ log: "", after }));
    const atEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 8;
    if (after === null) place.textContent = log;
    else if (log) place.append(log);
    if (atEnd || after === null) place.scrollTop = place.scrollHeight;
    after = end;
    await new Promise((go) => setTimeout(go, LOG_EVERY));
  }
  details.follows = false;
}

for (const open of list.querySelectorAll("details[open]")) follow(open);

function tell(text, { isBad = false } = {}) {
  said.textContent = text;
  said.classList.toggle("bad", isBad);
  clearTimeout(tell.ends);
  tell.ends = setTimeout(() => (said.textContent = ""), isBad ? 10000 : 2500);
}
