// The page Dataset, and that of the examples like a correction: ticking many at once, walking down the list by keys, and
// looking again while the examples are being indexed. All else the server does.

const one = (selector, within = document) => within.querySelector(selector);

const form = one("#decide");
const search = one(".filter [name=text]");
const boxes = form ? [...form.querySelectorAll("[name=id]")] : [];

if (form?.querySelector("button")) {
  const all = one("[data-all]", form);
  one("input", all).addEventListener("change", (event) => {
    for (const box of boxes) box.checked = event.target.checked;
    count();
  });
  form.addEventListener("change", count);
  addEventListener("pageshow", count); // a page that comes back keeps its ticks
  count();
}

const AGAIN = 2000; // milliseconds

if (one("[data-indexing]"))
  setInterval(() => {
    if (search.value === search.defaultValue) location.reload(); // else somebody is writing what to search for next
  }, AGAIN);

function count() {
  const ticked = boxes.filter((box) => box.checked).length;
  const all = one("[data-all] input", form);
  all.checked = ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
  one("[data-selected]", form).textContent = ticked ? `${ticked} selected` : "";
  for (const button of form.querySelectorAll("button")) button.disabled = ticked === 0;
}

// J and K go down and up, Space ticks, A accepts, R rejects and S saves what is ticked: only while the list has the
// focus

const keys = {
  j: (at) => boxes[Math.min(at + 1, boxes.length - 1)].focus(),
  k: (at) => boxes[Math.max(at - 1, 0)].focus(),
  a: () => press("accept"),
  r: () => press("reject"),
  s: () => press("save"),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && search && !event.target.matches("input:not([type=checkbox]), textarea, select")) {
    event.preventDefault();
    search.focus();
    search.select();
    return;
  }
  const list = event.target.closest?.("#examples");
  const act = list && keys[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act(boxes.indexOf(one("[name=id]", event.target.closest(".example") ?? document.createElement("p"))));
});

function press(verdict) {
  const button = one(`button[value=${verdict}]`, form);
  if (button && !button.disabled) button.click();
}
