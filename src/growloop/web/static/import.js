// The page Import: each file is a card. It is sent, shown as it would be read, read differently on request, imported.

import * as api from "./api.js";

const one = (selector, within = document) => within.querySelector(selector);
const field = (name, within) => one(`[data-field="${name}"]`, within);
const number = (value) => value.toLocaleString("en");

const main = one("#import");
const limit = Number(main.dataset.limit);
const input = one("#files");
const cards = one("#cards");
const files = new Set(); // of { file, card, form, id, stop, asked }

const STATES = {
  sending: "Sending…",
  reading: "Reading…",
  ready: "Ready",
  unclear: "Needs a look",
  importing: "Importing…",
  imported: "Imported",
  failed: "Not read",
};
const COUNTS = ["rows", "accepted", "duplicates", "rejected", "repaired"];
const EXCERPT = 300; // characters of a text that are shown
const NONE = "(none)"; // chosen as a column: nothing fills this role

// files come in

input.addEventListener("change", takeChosen);

function takeChosen() {
  [...input.files].forEach(add);
  input.value = "";
}

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault(); // a file dropped beside the field would else replace the page
    main.classList.toggle("over", kind === "dragover");
    if (kind === "drop") [...event.dataTransfer.files].forEach(add);
  });
}

function add(file) {
  const card = one("#file-card").content.firstElementChild.cloneNode(true);
  const entry = { file, card, form: one("form", card), id: null, stop: new AbortController(), asked: 0 };
  files.add(entry);
  field("name", card).textContent = field("named", card).textContent = file.name;
  field("size", card).textContent = size(file.size);
  offerColumns(entry, []);
  cards.append(card);
  entry.form.addEventListener("change", () => look(entry));
  entry.form.addEventListener("submit", (event) => {
    event.preventDefault();
    bringIn(entry);
  });
  one("[data-stop]", card).addEventListener("click", () => entry.stop.abort());
  one("[data-remove]", card).addEventListener("click", () => remove(entry));
  receive(entry);
}

const size = (bytes) => (bytes < 1e6 ? `${number(Math.ceil(bytes / 1000))} kB` : `${number(Math.round(bytes / 1e6))} MB`);

async function receive(entry) {
  put(entry, "sending");
  try {
    if (entry.file.size > limit) throw new Error(tooLarge());
    await entry.file.slice(0, 1).arrayBuffer().catch(() => {
      throw new Error("This cannot be read. Of a folder, choose the files in it.");
    });
    entry.id = (await api.upload(entry.file, entry.stop.signal)).id;
  } catch (error) {
    return put(entry, "failed", error.message);
  }
  if (!files.has(entry)) return api.forget(entry.id); // removed while it was sent
  await look(entry);
}

const tooLarge = () => `The file is larger than ${main.dataset.limitTold}, the limit here. In a shell:  growloop import FILE`;

function remove(entry) {
  entry.stop.abort();
  if (entry.id && entry.card.dataset.state !== "imported") api.forget(entry.id);
  const next = entry.card.nextElementSibling ?? entry.card.previousElementSibling;
  files.delete(entry);
  entry.card.remove();
  (next ?? input).focus();
  count();
}

addEventListener("pagehide", () => {
  for (const { id, card } of files) if (id && card.dataset.state !== "imported") api.forget(id);
});

// a file is shown

async function look(entry) {
  const asked = ++entry.asked;
  put(entry, "reading");
  try {
    const found = await api.preview(entry.id, options(entry.form));
    if (asked === entry.asked) show(entry, found);
  } catch (error) {
    if (asked !== entry.asked) return;
    field("rows", entry.card).replaceChildren();
    field("facts", entry.card).textContent = "";
    if (error.columns) offerColumns(entry, error.columns);
    field("how", entry.card).open = true;
    const told = `No column is known to be the question or its answers. Say below which they are. Columns here: ${error.columns?.join(", ")}`;
    put(entry, "unclear", error.columns ? told : error.message);
  }
}

function options(form) {
  const { format, encoding, split, separator, where, repair_text: repair } = form.elements;
  const roles = [...form.querySelectorAll("[data-role]")].filter((role) => role.value.trim());
  const pairs = where.value.split("\n").filter((line) => line.trim());
  const wrong = pairs.find((line) => !/^[^=]+=\s*\S/.test(line));
  if (wrong) throw new Error(`Coordinates: "${wrong.trim()}" is not of the form name = column.`);
  return {
    format: format.value || null,
    encoding: encoding.value.trim() || null,
    split: split.value || null,
    separator: separator.value,
    repair_text: repair.checked,
    mapping: Object.fromEntries(roles.map(({ dataset, value }) => [dataset.role, value === NONE ? "" : value.trim()])),
    where: Object.fromEntries(pairs.map((line) => line.split(/=(.*)/s).map((side) => side.trim()))),
  };
}

function show(entry, { rows, document }) {
  const { card } = entry;
  if (rows) offerColumns(entry, rows.names, rows.columns);
  one("details", card).hidden = Boolean(document);
  field("facts", card).textContent = rows ? told(rows) : toldDocument(document);
  const shown = rows ? rows.examples.map(asRow) : document.first.map((text) => ({ context: text }));
  field("rows", card).replaceChildren(...shown.map(row));
  put(entry, "ready", shown.length ? "" : "None of the first rows can be read. Imported, all would be told with their reasons.");
}

function told({ format, encoding, columns }) {
  const filled = Object.entries(columns).map(([role, column]) => `${role} = ${column}`);
  return [format, encoding, filled.join(", ")].filter(Boolean).join(" · ");
}

const toldDocument = ({ kind, passages, replaced }) =>
  `${kind} · ${number(passages)} passage${passages === 1 ? "" : "s"}${replaced ? " · replaces the document of this name" : ""}`;

const asRow = ({ context, question, answers, where }) => ({
  context,
  question,
  answer: answers.join(" | ") || "unanswerable",
  where: Object.entries(where).map((pair) => pair.join(" = ")).join(" · "),
});

function row(texts) {
  const item = one("#row").content.firstElementChild.cloneNode(true);
  for (const name of ["context", "question", "answer", "where"]) {
    const cell = field(name, item);
    if (texts[name]) cell.textContent = texts[name].length < EXCERPT ? texts[name] : `${texts[name].slice(0, EXCERPT)} …`;
    cell.hidden = cell.previousElementSibling.hidden = !texts[name];
  }
  return item;
}

function offerColumns({ card, form }, names, filled = {}) {
  const list = one("datalist", card);
  list.id ||= `columns-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  list.replaceChildren(...[...names, NONE].map((name) => Object.assign(document.createElement("option"), { value: name })));
  for (const role of form.querySelectorAll("[data-role]")) {
    role.setAttribute("list", list.id);
    role.placeholder = filled[role.dataset.role] ? `recognised: ${filled[role.dataset.role]}` : "none recognised";
  }
}

// a file is imported

async function bringIn(entry) {
  if (entry.card.dataset.state !== "ready") return;
  entry.stop = new AbortController();
  put(entry, "importing");
  try {
    present(entry, await api.run(entry.id, options(entry.form), (step) => tell(entry, step), entry.stop.signal));
  } catch (error) {
    put(entry, "ready", error.message);
  }
}

function tell({ card }, { done, total, note }) {
  const bar = one("progress", card);
  if (total) Object.assign(bar, { max: total, value: done });
  else bar.removeAttribute("value");
  field("note", card).textContent = total > 1 ? `${number(done)} of ${number(total)} lines · ${note}` : note;
}

function present(entry, { rows, document }) {
  const { card } = entry;
  const counts = rows ? COUNTS.map((name) => [name, rows[name]]) : [["passages", document.passages]];
  field("counts", card).replaceChildren(...counts.map(([name, value]) => wrap("div", [cell("dt", name), cell("dd", number(value))])));
  const [next, command = ""] = rows ? nextAfter(rows) : ["To have them found, in a shell:", "growloop index"];
  field("next", card).textContent = next;
  field("command", card).textContent = command;
  field("command", card).hidden = !command;
  if (rows?.rejected) {
    const shown = rows.first_rejected;
    field("shown", card).textContent = shown.length < rows.rejected ? `the first ${shown.length} of ${number(rows.rejected)}` : "";
    const lines = shown.map(({ row, reason, original }) => [cell("td", number(row)), cell("td", reason), cell("td", original)]);
    one("tbody", card).replaceChildren(...lines.map((cells) => wrap("tr", cells)));
    field("rejects", card).hidden = one(".kept").hidden = false;
  }
  one(".result", card).hidden = false;
  put(entry, "imported");
  card.focus({ preventScroll: true });
}

const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

function wrap(tag, children) {
  const outer = document.createElement(tag);
  outer.append(...children);
  return outer;
}

function nextAfter({ accepted, mojibake, mojibake_example: example }) {
  if (mojibake) return [`${number(mojibake)} rows look wrongly decoded, e.g. ${example}. To put such text right:`, "growloop lint --fix"];
  return accepted ? ["They are in the pool. To learn from them, in a shell:", "growloop next"] : ["Nothing new: the pool is as it was."];
}

// what is said

function put(entry, state, complaint = "") {
  const { card, form } = entry;
  card.dataset.state = state;
  card.ariaBusy = String(["sending", "reading", "importing"].includes(state));
  field("state", card).textContent = STATES[state];
  field("complaint", card).textContent = complaint;
  field("complaint", card).hidden = !complaint;
  form.hidden = ["sending", "imported", "failed"].includes(state);
  one("button.primary", form).disabled = state !== "ready";
  one("fieldset", form).disabled = state === "importing";
  one("[data-stop]", card).hidden = one("progress", card).hidden = state !== "importing";
  one("[data-remove]", card).hidden = state === "importing";
  if (state !== "importing") field("note", card).textContent = "";
  one("#said").textContent = `${entry.file.name}: ${STATES[state]}`;
  count();
}

function count() {
  const ready = [...files].filter(({ card }) => card.dataset.state === "ready").length;
  one(".nothing").hidden = files.size > 0;
  one(".all").hidden = ready < 2;
  one("[data-ready]").textContent = `${ready} files`;
}

one("[data-all]").addEventListener("click", async () => {
  for (const entry of files) await bringIn(entry);
});

takeChosen(); // those chosen before this module was there
