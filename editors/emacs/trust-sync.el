;;; trust-sync.el --- What stands in buffers, told to the server -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Opening, changing, saving and closing of the files in which `trust-mode' is
;; on.  Changes are gathered, and sent before anything is asked.

;;; Code:

(require 'trust-server)

(declare-function trust-mode "trust")

(defvar-local trust--own-root nil
  "The root of this buffer's project, asked once: looking for it touches the disk.")

(defvar-local trust--opened nil
  "The connection that this buffer is open in.")

(defvar-local trust--opened-uri nil
  "The URI that the server knows this buffer by: its file may be renamed meanwhile.")

(defvar-local trust--version 0
  "How often the server was told of changes.")

(defvar-local trust--changes nil
  "Changes that the server was not told yet, the last first; t for all of the text.")

(defvar-local trust--before nil
  "What is about to change: its beginning and end, as points and as positions.")

(defun trust--position (&optional point)
  "The position of POINT, or of the cursor, as the protocol has it."
  (save-excursion
    (save-restriction
      (widen)
      (when point (goto-char point))
      (list :line (1- (line-number-at-pos nil t)) :character (- (point) (line-beginning-position))))))

(defun trust--point (position)
  "The point of POSITION in this buffer, on its line in any case."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char (point-min))
      (forward-line (plist-get position :line))
      (min (+ (point) (plist-get position :character)) (line-end-position)))))

(defun trust--range (from to)
  "The range between the points FROM and TO."
  (list :start (trust--position from) :end (trust--position to)))

(defun trust--text (from to)
  "The text between FROM and TO.  What is no character is replaced by one that is."
  (replace-regexp-in-string "[\x3fff80-\x3fffff]" "\xfffd" (buffer-substring-no-properties from to)))

(defun trust--whole-text ()
  "The text of this buffer, narrowed or not."
  (save-restriction (widen) (trust--text (point-min) (point-max))))

(defun trust--document ()
  "This buffer, as requests name it."
  (list :uri (or (and trust--opened trust--opened-uri) (trust--uri buffer-file-name))))

(defun trust--language ()
  "The language of this buffer, from the name of its mode."
  (pcase major-mode
    ('tsx-ts-mode "typescriptreact")
    ((or 'js-mode 'js2-mode 'js-ts-mode) "javascript")
    ((or 'c++-mode 'c++-ts-mode) "cpp")
    ((or 'sh-mode 'bash-ts-mode) "shellscript")
    (_ (replace-regexp-in-string "\\(?:-ts\\)?-mode\\'" "" (symbol-name major-mode)))))

(defun trust--open ()
  "Tell the server of this buffer, if it has begun and was not told."
  (when-let (((null trust--opened))
             (connection (trust--connection trust--own-root)))
    (setq trust--opened connection trust--opened-uri (trust--uri buffer-file-name) trust--changes nil)
    (jsonrpc-notify connection :textDocument/didOpen
                    `(:textDocument (:uri ,trust--opened-uri :languageId ,(trust--language)
                                     :version ,trust--version :text ,(trust--whole-text))))))

(defun trust--close ()
  "Tell the server that this buffer is closed."
  (when (and trust--opened (jsonrpc-running-p trust--opened))
    (jsonrpc-notify trust--opened :textDocument/didClose (list :textDocument (trust--document))))
  (setq trust--opened nil))

(defun trust--note-before (from to)
  "Remember where the text between FROM and TO stands, that is about to change."
  (when trust--opened
    (setq trust--before (list from to (trust--position from) (trust--position to)))))

(defun trust--note-change (from to length)
  "Remember that LENGTH characters gave way to those between FROM and TO."
  (when trust--opened
    (pcase trust--before
      ((guard (eq trust--changes t)))
      (`(,(pred (= from)) ,(pred (= (+ from length))) ,start ,end)
       (push `(:range (:start ,start :end ,end) :text ,(trust--text from to)) trust--changes))
      ;; What was announced is not what happened: Emacs permits that.
      (_ (setq trust--changes t)))
    (setq trust--before nil)))

(defun trust--flush ()
  "Tell the server what has changed."
  (when (and trust--opened trust--changes (jsonrpc-running-p trust--opened))
    (let ((changes (if (eq trust--changes t)
                       (vector (list :text (trust--whole-text)))
                     (vconcat (reverse trust--changes)))))
      (setq trust--changes nil)
      (cl-incf trust--version)
      (jsonrpc-notify trust--opened :textDocument/didChange
                      `(:textDocument (:uri ,trust--opened-uri :version ,trust--version)
                        :contentChanges ,changes)))))

(defun trust--saved ()
  "Tell the server that this buffer was saved."
  (trust--flush)
  (when (and trust--opened (jsonrpc-running-p trust--opened))
    (jsonrpc-notify trust--opened :textDocument/didSave (list :textDocument (trust--document)))))

(defun trust--reverted ()
  "Tell the server all of a text that was read again."
  (when trust--opened
    (setq trust--changes t)
    (trust--flush)))

(defun trust--renamed ()
  "Tell the server that this buffer visits another file now, or none."
  (trust--close)
  (when (and buffer-file-name (not (file-remote-p buffer-file-name)))
    (setq trust--own-root (trust--root))
    (trust--open)))

(defun trust--cloned ()
  "Turn the mode off in this indirect buffer: the server knows its base.
What is changed here the base tells, when it is next used."
  ;; Closing is the base's own affair.
  (setq trust--opened nil)
  (trust-mode -1)
  (add-hook 'after-change-functions #'trust--base-changed nil t))

(defun trust--base-changed (&rest _)
  "Remember in the base of this indirect buffer that its text is another."
  (when-let ((base (buffer-base-buffer)))
    (with-current-buffer base (setq trust--changes t))))

(defconst trust--sync-hooks
  '((before-change-functions . trust--note-before)
    (after-change-functions . trust--note-change)
    (after-save-hook . trust--saved)
    (after-revert-hook . trust--reverted)
    (after-set-visited-file-name-hook . trust--renamed)
    (clone-indirect-buffer-hook . trust--cloned)
    (kill-buffer-hook . trust--close)
    (change-major-mode-hook . trust--close))
  "What is done when, in buffers that the server knows.")

(defun trust--sync-on ()
  "Keep the server informed of this buffer."
  (setq trust--own-root (trust--root))
  (pcase-dolist (`(,hook . ,function) trust--sync-hooks)
    (add-hook hook function nil t))
  (trust--open))

(defun trust--sync-off ()
  "Leave off informing the server of this buffer."
  (trust--close)
  (pcase-dolist (`(,hook . ,function) trust--sync-hooks)
    (remove-hook hook function t)))

(defun trust--open-all (connection)
  "Tell the server of CONNECTION of all buffers of its project."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      ;; Buffers of what it says belong to the project too, and are no files.
      (when (and (bound-and-true-p trust-mode) (equal trust--own-root (trust-connection-root connection)))
        (trust--open)))))

(defun trust--forget (connection)
  "Forget in all buffers that the server of CONNECTION knew them."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (eq trust--opened connection)
        (setq trust--opened nil trust--changes nil)))))

(add-hook 'trust-ready-functions #'trust--open-all)
(add-hook 'trust-ended-functions #'trust--forget)

(provide 'trust-sync)
;;; trust-sync.el ends here
