// The key "/" leads to the search from anywhere on a page, as long as nobody is typing.
const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.(TYPING)) return;
  const fields = [...document.querySelectorAll("main input[type=search], .site-header input[type=search]")];
  let field = fields.find((candidate) => candidate.checkVisibility());
  if (!field) {
    const menu = document.querySelector(".site-menu");
    if (!menu) return;
    menu.open = true;
    field = menu.querySelector("input[type=search]");
  }
  event.preventDefault();
  field.focus();
  field.select();
});
