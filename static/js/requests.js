/* Requests made by htmx: the token against forged requests, and a sentence when something fails. */
(function () {
  "use strict";

  var FAILED = "没有办成：网络或服务器出了问题，刚填的内容还在，请稍后再点一次。";
  var SIGNED_OUT = "登录已过期，请刷新页面重新登录；刚填的内容请先抄下来。";
  var REFUSED = "没有办成：您没有这项权限，或者内容已被别人处理。请刷新页面再看。";

  document.addEventListener("htmx:configRequest", function (event) {
    var meta = document.querySelector("meta[name='csrf-token']");
    if (meta && event.detail.verb !== "get") {
      event.detail.headers["X-CSRFToken"] = meta.content;
    }
  });

  function say(text) {
    var main = document.getElementById("main") || document.body;
    var box = document.getElementById("request-problem");
    if (!box) {
      box = document.createElement("div");
      box.id = "request-problem";
      box.className = "note-box cin mb4";
      box.setAttribute("role", "alert");
      main.insertBefore(box, main.firstChild);
    }
    box.textContent = text;
    if (box.scrollIntoView) {
      box.scrollIntoView({ block: "nearest" });
    }
  }

  document.addEventListener("htmx:sendError", function () {
    say(FAILED);
  });
  document.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    say(status === 401 ? SIGNED_OUT : status === 403 || status === 404 || status === 409 ? REFUSED : FAILED);
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var box = document.getElementById("request-problem");
    if (box && event.detail.successful) {
      box.remove();
    }
  });
})();
