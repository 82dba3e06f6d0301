;;; support.el --- A project, a server, and patience -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; The tests press keys in files of a repository made for each of them, and talk
;; with the server that the variable TRUST_LSP_BIN names.

;;; Code:

(require 'ert)
(require 'trust)

(defconst trust-test-program (expand-file-name (or (getenv "TRUST_LSP_BIN") "trust-lsp")))

(defconst trust-test-words "`Basket` adds [1].\n\n```rust\nlet basket = Basket::default();\n```\n")

(defconst trust-test-files
  '(("src/basket.rs" . "#[derive(Default)]\npub struct Basket {\n    pub items: Vec<u32>,\n}\n\nimpl Basket {\n    pub fn total(&self) -> u32 {\n        self.items.iter().sum()\n    }\n}\n")
    ("src/load.rs" . "pub fn load(path: &str) {}\npub fn twice(path: &str) {\n    load(path);\n    load(path);\n}\n")
    ("src/main.rs" . "fn main() {\n    let basket = Basket::default();\n    println!(\"{}\", basket.total());\n}\n")))

;; An Emacs that was unpacked somewhere else cannot compile by its own.
(defconst trust-test-no-compiler
  '(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil native-comp-deferred-compilation nil))
(eval trust-test-no-compiler t)

;; What is typed is what stands there.
(electric-indent-mode -1)

(define-derived-mode trust-test-rust-mode prog-mode "Rust")
(add-to-list 'auto-mode-alist '("\\.rs\\'" . trust-test-rust-mode))

(defun trust-test-write (path text)
  "Make TEXT the file at PATH, in the project."
  (make-directory (or (file-name-directory path) ".") t)
  (write-region text nil path nil 'quiet))

(defun trust-test-git (&rest words)
  "Run git with WORDS in the project."
  (with-temp-buffer
    (let ((code (apply #'call-process "git" nil t nil "-c" "user.name=Test" "-c" "user.email=test@example.org" words)))
      (unless (eql code 0) (error "Git %s: %s" words (buffer-string))))))

(defun trust-test-delete (folder)
  "Delete FOLDER; a program that was just ended may leave its last files in it meanwhile."
  (let ((tries 50))
    (while (condition-case nil
               (progn (delete-directory folder t) nil)
             (file-error (when (zerop (setq tries (1- tries))) (error "%s cannot be deleted" folder)) t))
      (sleep-for 0.1))))

(defun trust-test-with-project (deed)
  "Do DEED in a repository with one commit and a change that is staged."
  (let* ((folder (file-name-as-directory (file-truename (make-temp-file "trust-" t))))
         (project (concat folder "shop/"))
         (process-environment (append (list (concat "HOME=" folder) "XDG_CACHE_HOME" "XDG_CONFIG_HOME" "XDG_STATE_HOME" "XDG_DATA_HOME")
                                      process-environment))
         (trust-program trust-test-program)
         (inhibit-message t)
         (default-directory project))
    (make-directory project)
    (clrhash trust--troubles)
    (unwind-protect
        (progn
          (pcase-dolist (`(,path . ,text) trust-test-files) (trust-test-write path text))
          (trust-test-git "init" "--quiet")
          (trust-test-git "add" ".")
          (trust-test-git "commit" "--quiet" "--message" "feat: add a basket that sums prices")
          (trust-test-write "src/cart.py" "def total(items, seen=[]):\n    breakpoint()\n    return sum(items)\n")
          (trust-test-git "add" ".")
          (funcall deed project))
      (dolist (root (hash-table-keys trust--connections)) (trust--stop root))
      (dolist (buffer (buffer-list))
        (when (or (string-prefix-p folder (or (buffer-file-name buffer) ""))
                  (string-prefix-p "*trust" (buffer-name buffer)))
          (with-current-buffer buffer (set-buffer-modified-p nil))
          (kill-buffer buffer)))
      (trust-test-delete folder))))

(defmacro trust-test-deftest (name documentation &rest body)
  "Define a test called NAME that does BODY in a project; DOCUMENTATION says what."
  (declare (indent 1) (doc-string 2))
  `(ert-deftest ,name () ,documentation
     (trust-test-with-project (lambda (project) (ignore project) ,@body))))

(defmacro trust-test-until (what &rest body)
  "Wait for BODY to be true, and fail with WHAT where it is not within a minute."
  (declare (indent 1))
  `(let ((until (+ (float-time) 60)) value)
     (while (and (not (setq value (progn ,@body))) (< (float-time) until))
       (accept-process-output nil 0.02))
     (unless value (ert-fail (format "%s: %S" ,what (buffer-string))))
     value))

(defun trust-test-visit (path &rest arguments)
  "Visit PATH with a server that has ARGUMENTS, ready and indexed."
  (let ((trust-arguments arguments))
    (switch-to-buffer (find-file-noselect path))
    (unless trust-mode (trust-mode)))
  (trust-test-until "the server" trust--opened)
  (trust-test-until "model and index"
    (let ((status (trust--ask trust--opened :trust/status)))
      (and (not (equal "loading" (plist-get (plist-get status :model) :state)))
           (equal "ready" (plist-get (plist-get status :index) :state)))))
  (current-buffer))

(defun trust-test-keys (keys)
  "Press KEYS, as `kbd' reads them, through the command loop."
  (execute-kbd-macro (kbd keys)))

(defun trust-test-type (text)
  "Type TEXT through the command loop."
  (execute-kbd-macro (vconcat text)))

(defun trust-test-ghost ()
  "What is shown as ghost text."
  (and trust--overlay (substring-no-properties (overlay-get trust--overlay 'after-string))))

(defun trust-test-text (name)
  "What stands in the buffer called NAME."
  (with-current-buffer name (buffer-substring-no-properties (point-min) (point-max))))

(provide 'support)
;;; support.el ends here
