// The page Map: arrow keys go from place to place.

const table = document.querySelector("#map");
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

table?.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const place = event.target.closest("td");
  if (!step || !place || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  let row = place.parentElement.sectionRowIndex;
  let column = place.cellIndex;
  for (;;) {
    [row, column] = [row + step[0], column + step[1]];
    const next = table.tBodies[0].rows[row]?.cells[column];
    if (!next || next.tagName === "TH") return;
    const link = next.querySelector("a"); // a combination that the universe lacks has none: on over it
    if (link) return link.focus();
  }
});
