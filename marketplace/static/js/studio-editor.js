// The listing editor (form.listing-form): Ctrl+S saves, leaving with unsaved changes asks first, and what is
// typed while the rows are on their way is put back into the new ones.
const form = document.querySelector("form.listing-form");
const note = form.querySelector("[data-unsaved-note]");
const SCROLL_KEY = "studio-scroll";
let isDirty = false;

function setDirty(value) {
  isDirty = value;
  note.hidden = !value;
}

setDirty(form.hasAttribute("data-unsaved"));
form.addEventListener("input", () => setDirty(true));
form.addEventListener("kept-all", () => setDirty(false));
form.addEventListener("submit", (event) => {
  if (event.submitter?.formTarget === "_blank") return;
  if (event.submitter?.name === "save") sessionStorage.setItem(SCROLL_KEY, String(window.scrollY));
  setDirty(false);
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-save]"));
  }
});

window.addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});

let sent = new Map();
let typedSince = [];

function rowValues() {
  const fields = document.querySelectorAll("#rows [name]:not(button)");
  return new Map([...fields].map((field) => [field.id, field.type === "checkbox" ? field.checked : field.value]));
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.id === "rows") sent = rowValues();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "rows") return;
  const isRenumbering = event.detail.requestConfig.parameters.remove_example !== undefined;
  typedSince = isRenumbering ? [] : [...rowValues()].filter(([id, value]) => sent.get(id) !== value);
});

document.addEventListener("htmx:afterSwap", () => {
  for (const [id, value] of typedSince.splice(0)) {
    const field = document.getElementById(id);
    if (field) field[field.type === "checkbox" ? "checked" : "value"] = value;
  }
});

form.addEventListener("click", (event) => {
  if (event.target.closest("[name=add_example], [name=remove_example]")) setDirty(true);
});

const scrolled = sessionStorage.getItem(SCROLL_KEY);
sessionStorage.removeItem(SCROLL_KEY);
const problems = document.getElementById("problems");
if (problems) problems.focus();
else if (scrolled) window.scrollTo({ top: Number(scrolled), behavior: "instant" });
