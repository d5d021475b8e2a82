// Side by side on the page Ask: the model in use, the one before and the untrained one, each answering in its own time.

import * as api from "./api.js";
import { answerTold } from "./told.js";

const box = document.querySelector("#ask [name=beside]"); // not there while there is but one model
const place = document.querySelector("#beside");
let latest = null; // what the model in use said last

box?.addEventListener("change", () => {
  if (box.checked && latest) hold(latest);
  else showPlace(false);
});

function showPlace(isShown) {
  place.hidden = document.querySelector("[data-beside]").hidden = !isShown;
}

// Has the others answer what the model in use has answered, where that is asked for.
export function holdBeside(reply) {
  latest = reply;
  if (box?.checked) hold(reply);
}

// Nothing is beside a question that is not answered yet.
export function clearBeside() {
  latest = null;
  showPlace(false);
}

function hold(reply) {
  showPlace(true);
  for (const card of place.querySelectorAll("[data-by]")) {
    if (card.dataset.by === "current") show(card, reply);
    else askBeside(card, reply);
  }
}

async function askBeside(card, reply) {
  card.dataset.state = "busy";
  try {
    const found = await api.ask(reply.question, reply.context, card.dataset.by);
    if (latest === reply) show(card, found); // else another question has been asked meanwhile
  } catch (error) {
    if (latest !== reply) return;
    card.querySelector("[data-field=complaint]").textContent = error.message;
    card.dataset.state = "failed";
  }
}

function show(card, reply) {
  card.querySelector("[data-field=answer]").textContent = reply.answer || "No answer";
  card.querySelector("[data-field=facts]").textContent = answerTold(reply);
  card.dataset.state = "answered";
}
