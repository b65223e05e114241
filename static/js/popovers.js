/* <details data-popover>: opens without scripts; with them Escape and a click elsewhere close it again. */
(function () {
  "use strict";

  function closeAll(except) {
    document.querySelectorAll("details[data-popover][open]").forEach(function (item) {
      if (item !== except) {
        item.open = false;
      }
    });
  }

  document.addEventListener("click", function (event) {
    closeAll(event.target.closest("details[data-popover]"));
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") {
      return;
    }
    var open = document.querySelector("details[data-popover][open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
})();
