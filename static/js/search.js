/* "/" puts the cursor into the search box of the head band. */
(function () {
  "use strict";

  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    var active = document.activeElement;
    if (active && (active.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName))) {
      return;
    }
    var box = document.querySelector("[data-hotkey='/']");
    if (box && box.offsetParent !== null) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
})();
