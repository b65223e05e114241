/* A file field to drop a file on, with its name shown and the progress of the upload.
   Markup: components/dropzone.html. Without scripts it stays an ordinary file field in an ordinary form. */
(function () {
  "use strict";

  function size(bytes) {
    return bytes < 1048576 ? Math.max(1, Math.round(bytes / 1024)) + " KB" : (bytes / 1048576).toFixed(1) + " MB";
  }

  function setup(zone) {
    var input = zone.querySelector("input[type='file']");
    var name = zone.querySelector("[data-drop-name]");
    var status = zone.querySelector("[data-drop-status]");
    var meter = zone.querySelector("progress");
    var form = input.form;
    if (zone.dataset.ready) {
      return;
    }
    zone.dataset.ready = "1";

    function show() {
      var files = Array.prototype.slice.call(input.files || []);
      name.textContent = files
        .map(function (file) {
          return file.name + "（" + size(file.size) + "）";
        })
        .join("、");
      zone.classList.toggle("has-file", files.length > 0);
      var limit = Number(zone.dataset.limit || 0);
      var large = limit && files.some(function (file) {
        return file.size > limit;
      });
      status.textContent = large ? "文件超过 " + size(limit) + "，请拆成几份再传" : "";
      return !large;
    }

    input.addEventListener("change", show);

    ["dragenter", "dragover"].forEach(function (kind) {
      zone.addEventListener(kind, function (event) {
        event.preventDefault();
        zone.classList.add("over");
      });
    });
    ["dragleave", "drop"].forEach(function (kind) {
      zone.addEventListener(kind, function (event) {
        event.preventDefault();
        zone.classList.remove("over");
      });
    });
    zone.addEventListener("drop", function (event) {
      if (event.dataTransfer && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        show();
      }
    });

    if (!form || !zone.hasAttribute("data-progress")) {
      return;
    }
    form.addEventListener("submit", function (event) {
      if (!input.files.length || event.defaultPrevented) {
        return;
      }
      event.preventDefault();
      if (!show() || form.dataset.uploading) {
        return;
      }
      form.dataset.uploading = "1";
      var request = new XMLHttpRequest();
      var data = new FormData(form);
      if (event.submitter && event.submitter.name) {
        data.append(event.submitter.name, event.submitter.value);
      }
      meter.hidden = false;
      request.upload.addEventListener("progress", function (progress) {
        if (progress.lengthComputable) {
          var percent = Math.round((progress.loaded / progress.total) * 100);
          meter.value = percent;
          status.textContent = percent < 100 ? "正在上传 " + percent + "%" : "已传完，正在读表…";
        }
      });
      request.addEventListener("load", function () {
        delete form.dataset.uploading;
        if (request.responseURL && request.responseURL.split("#")[0] !== form.action.split("#")[0]) {
          window.location.assign(request.responseURL);
          return;
        }
        /* the same page again: it says what is wrong with the file */
        var page = new DOMParser().parseFromString(request.responseText, "text/html");
        var fresh = page.getElementById("main");
        var main = document.getElementById("main");
        meter.hidden = true;
        if (fresh && main) {
          main.replaceWith(fresh);
          if (window.htmx) {
            window.htmx.process(fresh);
          }
          scan(fresh);
          var summary = fresh.querySelector("[data-error-summary]") || fresh;
          summary.focus();
        } else {
          status.textContent = "没有传成，请再试一次";
        }
      });
      request.addEventListener("error", function () {
        delete form.dataset.uploading;
        meter.hidden = true;
        status.textContent = "网络断了，没有传成；文件还选着，连上后再点一次";
      });
      request.open("POST", form.action);
      request.send(data);
    });
  }

  function scan(root) {
    root.querySelectorAll("[data-dropzone]").forEach(setup);
  }

  scan(document);
  document.addEventListener("htmx:afterSwap", function (event) {
    scan(event.target);
  });
})();
