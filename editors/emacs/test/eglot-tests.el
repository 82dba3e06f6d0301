;;; eglot-tests.el --- Beside Eglot -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; A buffer of two clients, each with a server of its own.  Emacs has Eglot since
;; its version 29.

;;; Code:

(require 'ghost-tests)
(require 'eglot nil t)

(defvar eglot-server-programs)
(defvar eglot-sync-connect)
(declare-function eglot--guess-contact "eglot")
(declare-function eglot-managed-p "eglot")
(declare-function eglot-current-server "eglot")
(declare-function eglot-shutdown "eglot")
(declare-function eglot--signal-textDocument/didChange "eglot")

(trust-test-deftest trust-goes-on-beside-eglot
  "Both know the text, and the end of one is not that of the other."
  (unless (featurep 'eglot) (ert-skip "this Emacs has no Eglot"))
  (trust-test-visit "src/main.rs" "--scripted-model" "two(three);" "--debug-requests")
  (let ((eglot-sync-connect 60)
        (eglot-server-programs
         `(((trust-test-rust-mode :language-id "rust") . (,trust-test-program "--stdio" "--no-model" "--debug-requests")))))
    (apply #'eglot (eglot--guess-contact)))
  (let ((other (eglot-current-server)) (own trust--opened))
    (unwind-protect
        (progn
          (should (eglot-managed-p))
          (should-not (eq other own))
          (trust-test-begin "\nfn one() {\n    ")
          (should (equal (trust-test-ghost) "two(three);"))
          (trust-test-keys "C-g")
          (trust--flush)
          (eglot--signal-textDocument/didChange)
          (dolist (connection (list own other))
            (should (equal (trust--whole-text)
                           (plist-get (jsonrpc-request connection :trust/debug/text (trust--document)) :text)))))
      (eglot-shutdown other))
    (should-not (eglot-managed-p))
    (should (eq own trust--opened))
    (should (jsonrpc-running-p own)))
  (trust-test-type " ")
  (trust-test-keys "DEL")
  (trust-test-until "a completion" (trust-test-ghost))
  (trust-test-keys "TAB")
  (should (string-suffix-p "    two(three);" (buffer-string))))

(provide 'eglot-tests)
;;; eglot-tests.el ends here
