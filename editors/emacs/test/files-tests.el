;;; files-tests.el --- The files themselves -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Compiled and read without a complaint; what the page says is what keys do.

;;; Code:

(require 'checkdoc)
(require 'support)

(defconst trust-test-sources
  (directory-files (file-name-directory (locate-library "trust")) t "\\`trust.*\\.el\\'"))

(ert-deftest trust-files-compile-without-warnings ()
  "Each file, with warnings as errors."
  (let* ((folder (make-temp-file "trust-" t))
         (byte-compile-error-on-warn t)
         (byte-compile-dest-file-function
          (lambda (file) (expand-file-name (concat (file-name-nondirectory file) "c") folder))))
    (unwind-protect
        (dolist (file trust-test-sources)
          (should (byte-compile-file file))
          (should (file-exists-p (funcall byte-compile-dest-file-function file))))
      (delete-directory folder t))))

(ert-deftest trust-files-are-documented-by-the-rules ()
  "What checkdoc asks for."
  (let* (complaints
         ;; It takes verbs of relative clauses for those of the sentence.
         (checkdoc-verb-check-experimental-flag nil)
         (checkdoc-create-error-function
          (lambda (text start _end &optional _unfixable)
            (push (format "%s:%d: %s" (buffer-name) (line-number-at-pos start) text) complaints)
            nil)))
    (dolist (file trust-test-sources)
      (with-current-buffer (find-file-noselect file)
        (checkdoc-current-buffer t)
        (kill-buffer)))
    (should-not (nreverse complaints))))

(ert-deftest trust-page-names-the-keys-that-there-are ()
  "Each row of the page's table with a key and a command."
  (with-temp-buffer
    (insert-file-contents (expand-file-name "README.md" (file-name-directory (car trust-test-sources))))
    (let ((rows 0))
      (while (re-search-forward "^| `\\([^`]+\\)` | `\\(trust-[a-z-]+\\)` |" nil t)
        (let ((key (kbd (match-string 1))) (command (intern (match-string 2))))
          (cl-incf rows)
          (should (commandp command))
          (should (seq-some (lambda (map) (eq (lookup-key map key) command))
                            (list trust-ghost-map trust-mode-map trust-chat-mode-map
                                  trust-told-mode-map trust-review-mode-map)))))
      (should (> rows 8)))))

(ert-deftest trust-menu-has-every-command ()
  "All that is done by hand is in the menu, but for what belongs to a place."
  (let ((menu (format "%S" (get 'trust-menu 'transient--layout))))
    (dolist (command '(trust-complete trust-next-edit trust-why trust-actions trust-chat trust-commit-message trust-explain-diff
                       trust-explain-history trust-review trust-model trust-restart trust-show-log))
      (should (commandp command))
      (should (string-match-p (regexp-quote (symbol-name command)) menu)))))

(ert-deftest trust-introduction-is-the-recorded-one ()
  "The server's own tests begin sessions with it."
  (let* ((recorded (expand-file-name "../../fixtures/clients/emacs.json" (file-name-directory (car trust-test-sources))))
         (sent (jsonrpc--json-encode (trust--parameters "/workspace/")))
         (read (lambda (text) (json-parse-string text :object-type 'plist :false-object :json-false :null-object nil)))
         (fixture (funcall read (with-temp-buffer (insert-file-contents recorded) (buffer-string)))))
    (should (equal (plist-get (funcall read sent) :capabilities)
                   (plist-get (plist-get fixture :params) :capabilities)))))

(trust-test-deftest trust-indirect-buffers-are-left-alone
  "They can be killed, and what is changed in them the base tells."
  (trust-test-visit "src/main.rs")
  (let* ((base (current-buffer)) (connection trust--opened) sent
         (clone (clone-indirect-buffer nil nil)))
    (with-current-buffer clone
      (should-not trust-mode)
      (goto-char (point-max))
      (insert "// more\n"))
    (kill-buffer clone)
    (should-not (buffer-live-p clone))
    (should (eq connection (buffer-local-value 'trust--opened base)))
    (cl-letf (((symbol-function 'jsonrpc-notify) (lambda (_ method params) (push (cons method params) sent))))
      (with-current-buffer base (trust--flush)))
    (should (equal '(:textDocument/didChange) (mapcar #'car sent)))
    (should (string-suffix-p "// more\n" (plist-get (aref (plist-get (cdar sent) :contentChanges) 0) :text)))))

(trust-test-deftest trust-renamed-files-keep-their-server
  "The old name is closed, and the new one opened."
  (trust-test-visit "src/main.rs")
  (let ((connection trust--opened) (old (trust--uri buffer-file-name)) sent)
    (cl-letf* ((notify (symbol-function 'jsonrpc-notify))
               ((symbol-function 'jsonrpc-notify)
                (lambda (to method params) (push (list method params) sent) (funcall notify to method params))))
      (set-visited-file-name (expand-file-name "src/renamed.rs" project) t))
    (let ((closed (assq :textDocument/didClose sent)) (opened (assq :textDocument/didOpen sent)))
      (should (equal old (plist-get (plist-get (cadr closed) :textDocument) :uri)))
      (should (equal (trust--uri buffer-file-name) (plist-get (plist-get (cadr opened) :textDocument) :uri))))
    (should (eq connection trust--opened))
    (set-buffer-modified-p nil)
    (should (kill-buffer))))

(provide 'files-tests)
;;; files-tests.el ends here
