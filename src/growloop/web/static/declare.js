// The page Task: a declaration is checked as it is written, each problem at its line, with examples it would draw.

import * as api from "./api.js";

const one = (selector, within = document) => within.querySelector(selector);
const field = (name, within = document) => one(`[data-field="${name}"]`, within);

const { name } = one("#declare").dataset;
const form = one("#edit");
const text = one("#text");
const gutter = one(".gutter");
const found = one("#found");
const said = one("#said");
const QUIET = 500; // milliseconds without a key before what was written is checked

let saved = text.defaultValue; // as it stands on disk, or as the server showed it
let wrong = new Set([...document.querySelectorAll("[data-line]")].map((button) => Number(button.dataset.line)));
let asked = null;
document.documentElement.classList.add("js");

// line numbers beside the text

function number() {
  const lines = text.value.split("\n").length;
  while (gutter.children.length > lines) gutter.lastElementChild.remove();
  while (gutter.children.length < lines) {
    gutter.append(Object.assign(document.createElement("li"), { textContent: gutter.children.length + 1 }));
  }
  [...gutter.children].forEach((line, index) => line.classList.toggle("wrong", wrong.has(index + 1)));
  gutter.scrollTop = text.scrollTop;
}

text.addEventListener("scroll", () => (gutter.scrollTop = text.scrollTop));

// checking

text.addEventListener("input", () => {
  number();
  clearTimeout(check.soon);
  check.soon = setTimeout(check, QUIET);
});

async function check() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  found.classList.add("busy");
  try {
    show(await api.checkDeclaration(name, text.value, signal));
  } catch (error) {
    if (!signal.aborted) tell(error.message, { isBad: true });
  } finally {
    if (!signal.aborted) found.classList.remove("busy");
  }
}

function show({ problems, warnings, present, preview }) {
  field("verdict").textContent = problems.length ? `${problems.length} to put right` : "Right.";
  field("problems").replaceChildren(...problems.map(problemShown));
  for (const [place, texts] of [["warnings", warnings], ["present", present]]) {
    field(place).replaceChildren(...texts.map((told) => Object.assign(document.createElement("li"), { textContent: told })));
  }
  field("preview-title").hidden = !preview?.length;
  field("preview").replaceChildren(...(preview ?? []).map(exampleShown));
  one("[data-anyway]").hidden = problems.length === 0;
  wrong = new Set(problems.map(({ line }) => line));
  number();
}

function problemShown({ file, line, message }) {
  const shown = one("#problem").content.firstElementChild.cloneNode(true);
  const button = one("button", shown);
  button.textContent = line ? `line ${line}` : file || name;
  button.disabled = !line;
  if (line) button.dataset.line = line;
  one("span", shown).textContent = message;
  return shown;
}

function exampleShown({ question, answers, context, where }) {
  const shown = one("#example").content.firstElementChild.cloneNode(true);
  field("question", shown).textContent = question;
  field("answers", shown).textContent = answers.join(" / ") || "unanswerable";
  field("context", shown).textContent = context.length > 160 ? `${context.slice(0, 157)}...` : context;
  field("where", shown).textContent = Object.entries(where).map(([key, value]) => `${key}=${value}`).join(" ");
  return shown;
}

found.addEventListener("click", (event) => {
  const line = Number(event.target.closest("[data-line]")?.dataset.line);
  if (!line) return;
  const start = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1);
  const end = text.value.indexOf("\n", start);
  text.focus();
  text.setSelectionRange(start, end < 0 ? text.value.length : end);
  text.scrollTop = Math.max(0, (line - 5) * 20);
});

// saving

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  save();
});

async function save() {
  const sent = text.value;
  try {
    const { seal } = await api.saveDeclaration(name, sent, form.seal.value, form.anyway.checked);
    form.seal.value = seal;
    saved = sent;
    form.anyway.checked = false;
    tell("Saved. What was there before is kept.");
  } catch (error) {
    tell(`Not saved. ${error.message}`, { isBad: true });
  }
}

addEventListener("beforeunload", (event) => {
  if (text.value !== saved) event.preventDefault();
});

function tell(told, { isBad = false } = {}) {
  said.textContent = told;
  said.classList.toggle("bad", isBad);
  clearTimeout(tell.ends);
  tell.ends = setTimeout(() => (said.textContent = ""), isBad ? 10000 : 2500);
}

number();
