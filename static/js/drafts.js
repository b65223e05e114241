/* Drafts kept on this device leave with whoever signs out. */
(function () {
  "use strict";

  document.addEventListener("submit", function (event) {
    var action = event.target.getAttribute("action") || "";
    if (!/\/signout\/$/.test(action)) {
      return;
    }
    try {
      Object.keys(window.localStorage).forEach(function (name) {
        if (name.indexOf("songhe-draft:") === 0) {
          window.localStorage.removeItem(name);
        }
      });
    } catch (problem) {
      /* no storage, no drafts */
    }
  });
})();
