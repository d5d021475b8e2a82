// The keys of a page, shown with "?". While they are, no other key does anything.

const dialog = document.querySelector("#keys");

document.querySelector("[data-keys]")?.addEventListener("click", () => dialog.showModal());

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("textarea, select, input:not([type=checkbox], [type=radio])");
  if (event.key === "?" && !isTyping && !dialog.open) dialog.showModal();
});

export const areShown = () => dialog.open;
