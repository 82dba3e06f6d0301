;;; git-tests.el --- Commit messages, explanations, reviews -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; In a repository where `src/cart.py' is staged, and has something to be said of.

;;; Code:

(require 'support)
(require 'log-edit)

(defconst trust-test-git-comment "\n# Please enter the commit message for your changes.\n")

(trust-test-deftest trust-message-goes-where-messages-are-written
  "In git's own file, above its comments; asked again, another one."
  (trust-test-write ".git/COMMIT_EDITMSG" trust-test-git-comment)
  (switch-to-buffer (find-file-noselect ".git/COMMIT_EDITMSG"))
  (should (equal (trust--root) project))
  (trust-commit-message)
  (let ((first (buffer-string)))
    (should (string-match-p "\\`.*\\(?:cart\\|total\\)" first))
    (should (string-suffix-p trust-test-git-comment first))
    (trust-commit-message)
    (should-not (equal (buffer-string) first))
    (should (string-suffix-p trust-test-git-comment (buffer-string))))
  (erase-buffer)
  (insert "my own words\n")
  (cl-letf (((symbol-function 'y-or-n-p) #'ignore))
    (trust-commit-message))
  (should (equal (buffer-string) "my own words\n")))

(trust-test-deftest trust-message-above-comments-of-another-sign
  "The project's own configuration says how git's comments begin."
  (let ((waiting "\n; Please enter the commit message for your changes.\n"))
    (trust-test-git "config" "core.commentChar" ";")
    (trust-test-write ".git/COMMIT_EDITMSG" waiting)
    (switch-to-buffer (find-file-noselect ".git/COMMIT_EDITMSG"))
    (trust-commit-message)
    (should (string-match-p "\\`.*\\(?:cart\\|total\\)" (buffer-string)))
    (should (string-suffix-p waiting (buffer-string)))))

(trust-test-deftest trust-message-in-log-edit-and-elsewhere
  "A header takes the subject in VC's buffers; elsewhere it is to be yanked."
  (with-temp-buffer
    (setq default-directory project)
    (log-edit-mode)
    (insert "Summary: \nAuthor: me\n\n")
    (trust-commit-message)
    (should (string-match-p "\\`Summary: .*\\(?:cart\\|total\\).*\nAuthor: me\n\n" (buffer-string))))
  (with-temp-buffer
    (setq default-directory project)
    (trust-commit-message)
    (should (string-match-p "\\(?:cart\\|total\\)" (current-kill 0)))
    (trust-test-git "reset" "--quiet")
    (should (string-match-p "nothing is staged" (cadr (should-error (trust-commit-message) :type 'user-error))))))

(trust-test-deftest trust-explains-what-changed
  "Symbol by symbol, in a buffer; and how one came to be."
  (trust-explain-diff '(:staged t))
  (trust-test-until "the explanation" (and (not trust--asked) (> (buffer-size) 0)))
  (should (string-match-p "cart\\.py" (trust-test-text "*trust-explain*")))
  (should (string-match-p "total" (trust-test-text "*trust-explain*")))
  (trust-test-visit "src/basket.rs" "--no-model")
  (search-forward "total")
  (trust-explain-history)
  (trust-test-until "the history" (and (not trust--asked) (> (buffer-size) 0)))
  (should (string-match-p "add a basket" (trust-test-text "*trust-history*"))))

(trust-test-deftest trust-explanation-says-what-is-wrong
  "A revision that there is not is said in the buffer."
  (trust-explain-diff '(:revisions "nowhere"))
  (trust-test-until "the reason" (not trust--asked))
  (should (string-match-p "nowhere" (trust-test-text "*trust-explain*"))))

(trust-test-deftest trust-review-lists-what-next-error-visits
  "Findings look like a compiler's, and lead to their lines."
  (trust-review nil)
  (with-current-buffer "*trust-review*"
    (trust-test-until "the review" (not trust--asked))
    (should (string-match-p "^src/cart\\.py:2:5: [a-z]+: .*\\[debug-output\\]$" (buffer-string)))
    (should (string-match-p "findings in 1 files" (buffer-string))))
  (next-error 1 t)
  (with-current-buffer (window-buffer)
    (should (string-suffix-p "src/cart.py" (buffer-file-name)))
    (should (member (line-number-at-pos) '(1 2)))))

(defun trust-test-do (title)
  "Do the action whose title begins with TITLE."
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_prompt titles &rest _) (seq-find (lambda (one) (string-prefix-p title one)) (mapcar #'car titles))))
            ((symbol-function 'y-or-n-p) #'always))
    (trust-actions)))

(trust-test-deftest trust-actions-mend-explain-and-simplify
  "Findings are mended where they stand; a model's edits are agreed to first."
  (trust-test-visit "src/cart.py" "--scripted-model" "```python\ndef total(items, seen=None):\n    return sum(items)\n```")
  (trust-review nil)
  (with-current-buffer "*trust-review*" (trust-test-until "the review" (not trust--asked)))
  (search-forward "breakpoint")
  (trust-test-do "Remove the output for debugging")
  (should-not (string-match-p "breakpoint" (buffer-string)))
  (trust-test-do "Simplify `total`")
  (should (equal (buffer-string) "def total(items, seen=None):\n    return sum(items)\n")))

(trust-test-deftest trust-edits-of-another-version-are-refused
  "Nothing is changed, and the server hears why."
  (trust-test-visit "src/main.rs" "--no-model")
  (let* ((text (buffer-string))
         (edits `[(:range ,(trust--range 1 3) :newText "xx")])
         (edit (lambda (version)
                 `(:documentChanges [(:textDocument (:uri ,(trust--uri buffer-file-name) :version ,version) :edits ,edits)]))))
    (should (equal (trust--answer-edit (funcall edit 7)) '(:applied :json-false :failureReason "the text has changed meanwhile")))
    (should (equal text (buffer-string)))
    (should (equal (trust--answer-edit (funcall edit 0)) '(:applied t)))
    (should (string-prefix-p "xx main" (buffer-string)))
    (trust--apply (list :changes (list (intern (concat ":" (trust--uri buffer-file-name))) edits)))
    (should (string-prefix-p "xx main" (buffer-string)))))

(provide 'git-tests)
;;; git-tests.el ends here
