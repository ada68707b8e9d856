// Copy buttons (components/copy_button.html). Hidden without scripts, where one selects and copies by hand.
const SHOWN_FOR = 2000;

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!(await written(source))) return;
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, SHOWN_FOR);
}

// Where the clipboard is closed to pages, the text is left selected, ready for Ctrl+C.
async function written(source) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    return true;
  } catch {
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}

function show(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

show(document);
document.addEventListener("htmx:afterSwap", (event) => show(event.target));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
