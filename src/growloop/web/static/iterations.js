// The page Iterations: the jobs that are under way tell how far they are, and what waits is told once it is counted.
// All else the server does.

import * as api from "./api.js";
import { stageTold } from "./told.js";

const list = document.querySelector("#going");
const ENDED = ["done", "failed", "cancelled", "stopped"];

if (list) {
  const states = JSON.parse(list.dataset.words);
  const underWay = [...list.children].filter((card) => !ENDED.includes(card.dataset.state));
  const show = (card, { state, progress, seconds_left: left, result, error }) => {
    const field = (name) => card.querySelector(`[data-field="${name}"]`);
    card.dataset.state = state;
    field("state").textContent = states[state];
    field("stage").textContent = progress && state === "running" ? stageTold(progress, left) : "";
    field("said").textContent = result?.said ?? "";
    field("error").textContent = error;
    field("error").hidden = !error;
    card.querySelector("[data-anew]").hidden = state !== "done"; // the page was made before it was
  };
  if (underWay.length)
    api.watchJobs((reports) => {
      for (const card of underWay) {
        const report = reports.find(({ job }) => job.id === card.dataset.id);
        if (report) show(card, report);
      }
    });
}

const why = document.querySelector("[data-because]");

if (why && !why.textContent)
  api.status().then(
    ({ because }) => (why.textContent = because),
    () => {}, // the page says all else
  );
