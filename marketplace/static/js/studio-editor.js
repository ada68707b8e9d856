// The listing editor: Ctrl+S saves, and leaving with unsaved changes asks first. Works on form.listing-form.
const form = document.querySelector("form.listing-form");
const note = form.querySelector("[data-unsaved-note]");
const SCROLL_KEY = "studio-scroll";
let isDirty = Boolean(document.getElementById("problems"));

function setDirty(value) {
  isDirty = value;
  note.hidden = !value;
}

form.addEventListener("input", () => setDirty(true));
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig?.triggeringEvent?.type === "submit") setDirty(true);
});

form.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("data-keeps-changes")) return;
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

const scrolled = sessionStorage.getItem(SCROLL_KEY);
sessionStorage.removeItem(SCROLL_KEY);
const problems = document.getElementById("problems");
if (problems) problems.focus();
else if (scrolled) window.scrollTo({ top: Number(scrolled), behavior: "instant" });
