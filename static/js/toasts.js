/* Short notices leave after ten seconds, unless the pointer or the focus rests on them. */
(function () {
  "use strict";

  var STAY = 10000;

  function start(toast) {
    var timer = null;

    function leave() {
      toast.remove();
    }
    function hold() {
      window.clearTimeout(timer);
    }
    function run() {
      hold();
      timer = window.setTimeout(leave, STAY);
    }

    toast.addEventListener("mouseenter", hold);
    toast.addEventListener("mouseleave", run);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("focusout", run);
    run();
  }

  function scan() {
    document.querySelectorAll("[data-toast]:not([data-started])").forEach(function (toast) {
      toast.setAttribute("data-started", "");
      start(toast);
    });
  }

  scan();
  document.addEventListener("htmx:afterSwap", scan);
})();
