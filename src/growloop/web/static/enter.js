// Enter sends a form, as its main button does. A classic script in the head, so that it is there before any field is:
// what is sent before the page's module has loaded goes the way of browsers without scripts, and nothing is lost.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.repeat) return;
  const { form, dataset } = event.target;
  const sends = event.ctrlKey || event.metaKey || (dataset.enter === "sends" && !event.shiftKey);
  if (!form || !sends) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button.primary"));
});
