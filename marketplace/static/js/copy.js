// Copy buttons (components/copy_button.html). They stay hidden where the clipboard cannot be written.
const SHOWN_FOR = 2000;

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, SHOWN_FOR);
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}
