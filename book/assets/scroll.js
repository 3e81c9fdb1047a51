// Formulas, tables and figures that are wider than the page scroll inside themselves; those that do can be
// reached with the keyboard. (The theme does the same for code, but measures it
// before its font has come, and folded code never.)
const wide = ".bd-article div.math, .bd-article span.math.wide, .bd-article .pst-scrollable-table-container, .bd-article .lb-panels, .bd-article pre";
const update = () => {
  for (const element of document.querySelectorAll(wide)) {
    if (element.scrollWidth > element.clientWidth + 1) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
};
update();
document.fonts?.ready.then(update);
addEventListener("resize", update);
addEventListener("toggle", update, true);  // a fold that opens or closes; the event does not bubble
