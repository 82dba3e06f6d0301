;;; trust-git.el --- Commit messages, explained changes, reviews -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; What the server knows of git: a message for what is staged, where messages are
;; written; what changed, symbol by symbol; and findings that `next-error' visits.

;;; Code:

(require 'compile)
(require 'trust-sync)
(require 'trust-told)

(defconst trust--proposals 3
  "How many messages there are to go through.")

(defvar-local trust--proposed nil
  "The message that was put into this buffer last.")

(defun trust--comment-sign ()
  "What begins the lines in a commit message that are git's own."
  (let ((said (lambda (key)
                (car (ignore-errors (process-lines "git" "config" "--get" key))))))
    (or (seq-find (lambda (sign) (not (member sign '(nil "" "auto"))))
                  (mapcar said '("core.commentString" "core.commentChar")))
        "#")))

(defun trust--message-end ()
  "Where git's own comments begin in a buffer of a commit message."
  (let ((begins (concat "^" (regexp-quote (trust--comment-sign)))))
    (save-excursion
      (goto-char (point-min))
      (if (re-search-forward begins nil t) (line-beginning-position) (point-max)))))

(defun trust--message-parts ()
  "Where subject and body stand in this buffer: two pairs of points.
In `log-edit-mode' the subject is a header, the body begins after the
headers; elsewhere all is body."
  (save-excursion
    (goto-char (point-min))
    (let ((end (trust--message-end)))
      (if (re-search-forward "^Summary: *\\(.*\\)" end t)
          (list (match-beginning 1) (match-end 1)
                (if (re-search-forward "^\n" end t) (point) end)
                end)
        (list (point-min) (point-min) (point-min) end)))))

(defun trust--message-here ()
  "The message that is written in this buffer."
  (pcase-let ((`(,from ,to ,body ,end) (trust--message-parts)))
    (string-trim (concat (buffer-substring-no-properties from to) "\n\n"
                         (buffer-substring-no-properties body end)))))

(defun trust--fill-message (subject text)
  "Make SUBJECT and the TEXT below it the message in this buffer."
  (pcase-let ((`(,from ,to ,body ,end) (trust--message-parts)))
    (let ((headers (< from body)))
      (delete-region body end)
      (goto-char body)
      (insert (cond (headers text)
                    ((string-empty-p text) (concat subject "\n\n"))
                    (t (concat subject "\n\n" text "\n\n"))))
      (when headers
        (delete-region from to)
        (goto-char from)
        (insert subject))
      (goto-char from))))

(defun trust--message-buffer-p ()
  "Whether commit messages are written in this buffer."
  (or (derived-mode-p 'log-edit-mode)
      (bound-and-true-p git-commit-mode)
      (and buffer-file-name (string-match-p "COMMIT_EDITMSG\\'" buffer-file-name))))

(defun trust-commit-message ()
  "Propose a message for what is staged; asked again, another one.
Where messages are written it is put there, elsewhere shown, and to
be had by `yank'."
  (interactive)
  (let* ((root (trust--root))
         (answer (trust--ask (trust--wait root) :trust/commitMessage
                             (list :uri (trust--uri root) :count trust--proposals)))
         (drafts (mapcar (lambda (draft) (list (plist-get draft :subject) (plist-get draft :body)))
                         (plist-get answer :messages)))
         (place (or (and trust--proposed (seq-position drafts trust--proposed)) -1))
         (draft (nth (mod (1+ place) (max 1 (length drafts))) drafts)))
    (cond
     ((null draft) (user-error "Trust: nothing is staged"))
     ((not (trust--message-buffer-p))
      (setq trust--proposed draft)
      (kill-new (string-trim (string-join draft "\n\n")))
      (message "%s" (current-kill 0)))
     ((or (string-empty-p (trust--message-here))
          (equal (trust--message-here) (string-trim (string-join trust--proposed "\n\n")))
          (y-or-n-p "Replace what is written? "))
      (apply #'trust--fill-message draft)
      (setq trust--proposed draft)))))

(defun trust--here ()
  "The root of what this buffer is about, which what is asked from it is of."
  (or trust--own-root (trust--root)))

(defun trust-explain-diff (what)
  "Explain what has changed, symbol by symbol; WHAT says which changes.
It is part of the parameters of `trust/explainDiff'."
  (interactive
   (list (pcase (completing-read "Explain: " '("changed and not staged" "staged" "the last commit" "revisions") nil t)
           ("staged" '(:staged t))
           ("the last commit" '(:revisions "HEAD"))
           ("revisions" (list :revisions (read-string "Commit, A..B or A...B: "))))))
  (trust--explain "*trust-explain*" :trust/explainDiff what))

(defun trust-explain-history ()
  "Tell how the symbol at the cursor came to be what it is."
  (interactive)
  (unless buffer-file-name (user-error "This buffer visits no file"))
  (trust--explain "*trust-history*" :trust/explainHistory
                  (list :uri (trust--uri buffer-file-name) :line (plist-get (trust--position) :line))))

(defun trust--explain (name method params)
  "Show in a buffer called NAME what the server answers to METHOD with PARAMS."
  (let* ((root (trust--here))
         (connection (trust--wait root))
         (buffer (get-buffer-create name)))
    (with-current-buffer buffer
      (unless (derived-mode-p 'trust-told-mode) (trust-told-mode))
      (setq default-directory root trust--own-root root)
      (trust--replace-from buffer (point-min) "")
      (trust--tell buffer connection method
                   (if (plist-get params :uri) params (append (list :uri (trust--uri root)) params))
                   :part (lambda (part) (trust--append buffer (concat (plist-get part :markdown) "\n")))
                   :done (lambda (answer) (trust--replace-from buffer (point-min) (plist-get answer :markdown)))))
    (pop-to-buffer buffer)))

(define-compilation-mode trust-review-mode "Trust review"
  "For the findings of a review: `next-error' visits them."
  (setq-local compilation-error-regexp-alist
              '(("^\\([^:\n]+\\):\\([0-9]+\\):\\([0-9]+\\): \\(?:\\(information\\)\\|\\(warning\\)\\|error\\): "
                 1 2 3 (5 . 4))))
  (add-hook 'kill-buffer-hook #'trust--cancel-own nil t))

(define-key trust-review-mode-map (kbd "C-c C-k") #'trust-cancel)

(defun trust--finding-line (finding)
  "The line that tells of FINDING."
  (format "%s:%d:%d: %s: %s [%s]\n"
          (plist-get finding :path) (plist-get finding :line) (or (car (append (plist-get finding :columns) nil)) 1)
          (plist-get finding :severity) (plist-get finding :message) (plist-get finding :rule)))

(defun trust-review (what)
  "Review what has changed; WHAT says which changes.
It is part of the parameters of `trust/review'.  The findings are
listed as those of a compiler are."
  (interactive
   (list (pcase (completing-read "Review: " '("staged" "changed and not staged" "since a branch was left") nil t)
           ("changed and not staged" '(:unstaged t))
           ("since a branch was left" (list :base (read-string "Branch or commit: " "main"))))))
  (let* ((root (trust--here))
         (connection (trust--wait root))
         (buffer (get-buffer-create "*trust-review*")))
    (with-current-buffer buffer
      (trust-review-mode)
      (setq default-directory root trust--own-root root)
      (trust--replace-from buffer (point-min) "")
      (trust--tell buffer connection :trust/review ;; Published, what is mechanical is among the actions at its place.
                   (append (list :uri (trust--uri root) :publish t) what)
                   :part (lambda (findings)
                           (trust--append buffer (mapconcat #'trust--finding-line findings "")))
                   :done (lambda (answer) (trust--reviewed buffer answer))))
    (setq next-error-last-buffer buffer)
    (display-buffer buffer)))

(defun trust--reviewed (buffer answer)
  "Write the review that is the server's ANSWER into BUFFER."
  (let ((findings (plist-get answer :findings)))
    (trust--replace-from
     buffer (point-min)
     (concat (mapconcat #'trust--finding-line findings "")
             (format "\n%d findings in %d files\n" (length findings) (plist-get answer :files))))))

(provide 'trust-git)
;;; trust-git.el ends here
