;;; trust-chat.el --- Questions about a project -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; A conversation for each project, in a buffer: places that exist, which open,
;; and the words of a model that can converse, as they come.

;;; Code:

(require 'trust-sync)
(require 'trust-told)

(defvar-local trust--conversation nil
  "What the server calls the conversation in this buffer.")

(defvar trust-chat-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map trust-told-mode-map)
    (define-key map (kbd "a") #'trust-chat)
    (define-key map (kbd "N") #'trust-chat-new)
    (define-key map (kbd "w") #'trust-copy-code)
    map)
  "Keys in conversations.")

(define-derived-mode trust-chat-mode trust-told-mode "Trust chat"
  "For conversations about a project.
\\{trust-chat-mode-map}")

(defun trust--chat-buffer (root)
  "The buffer of the conversation about the project at ROOT."
  (let ((buffer (get-buffer-create (format "*trust-chat: %s*" (file-name-nondirectory (directory-file-name root))))))
    (with-current-buffer buffer
      (unless (derived-mode-p 'trust-chat-mode) (trust-chat-mode))
      (setq default-directory root trust--own-root root))
    buffer))

(defun trust--open-place (place)
  "Show the lines of PLACE, in the other window."
  (find-file-other-window (trust--path (plist-get place :uri)))
  (goto-char (trust--point (plist-get (plist-get place :range) :start))))

(defun trust--insert-places (places)
  "Insert PLACES, a line each, by which they open."
  (seq-do
   (lambda (place)
     (let ((number (plist-get place :number)))
       (insert (if number (format "[%s] " number) "- "))
       (insert-text-button (format "%s:%d" (plist-get place :path)
                                   (1+ (plist-get (plist-get (plist-get place :range) :start) :line)))
                           'action (lambda (_) (trust--open-place place))
                           'follow-link t)
       (insert "  " (string-trim (plist-get place :line)) "\n")))
   places))

(defun trust--write-places (buffer start places)
  "Let PLACES take the place of what stands in BUFFER from START on."
  (trust--replace-from buffer start "")
  (with-current-buffer buffer
    (let ((inhibit-read-only t))
      (save-excursion
        (goto-char (point-max))
        (trust--insert-places places)
        (insert "\n")))))

(defun trust-chat (question)
  "Ask QUESTION about the project; marked lines belong to it."
  (interactive (list (read-string "Ask: ")))
  (let* ((root (or trust--own-root (trust--root)))
         (connection (trust--wait root))
         (buffer (trust--chat-buffer root))
         (params (append (list :message question) (trust--where-asked) nil))
         start)
    (with-current-buffer buffer
      (when trust--conversation
        (setq params (append params (list :conversation trust--conversation))))
      (trust--append buffer (format "%s## %s\n\n" (if (bobp) "" "\n") question))
      (setq start (copy-marker (point-max)))
      (trust--tell buffer connection :trust/chat params
                   :part (lambda (part)
                           (when (plist-get part :places)
                             (trust--write-places buffer start (plist-get part :places)))
                           (when-let ((call (plist-get part :call)))
                             (message "Trust: calls %s" (plist-get call :name)))
                           (when (plist-get part :delta)
                             (trust--append buffer (plist-get part :delta))))
                   :done (lambda (answer)
                           (with-current-buffer buffer
                             (setq trust--conversation (plist-get answer :conversation)))
                           (trust--write-places buffer start (plist-get answer :places))
                           (trust--append buffer (concat (plist-get answer :wording)
                                                         (when (eq t (plist-get answer :cut)) " …")
                                                         (when (plist-get answer :wording) "\n")
                                                         (when (plist-get answer :note)
                                                           (format "> %s\n" (plist-get answer :note))))))))
    (display-buffer buffer)))

(defun trust--forget-conversation (connection)
  "Forget what the server of CONNECTION called the conversation.
The next one knows nothing of it."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and (derived-mode-p 'trust-chat-mode) (equal trust--own-root (trust-connection-root connection)))
        (setq trust--conversation nil)))))

(add-hook 'trust-ended-functions #'trust--forget-conversation)

(defun trust--where-asked ()
  "Where the user is, as part of the parameters of a question."
  (when (and trust--opened buffer-file-name)
    (trust--flush)
    (list :uri (trust--uri buffer-file-name)
          :range (if (use-region-p)
                     (trust--range (region-beginning) (region-end))
                   (trust--range (point) (point))))))

(defun trust-chat-new ()
  "Begin a conversation anew."
  (interactive)
  (trust--cancel-own)
  (setq trust--conversation nil)
  (trust--replace-from (current-buffer) (point-min) ""))

(defun trust-copy-code ()
  "Copy the block of code at the cursor, or the next one, for `yank'."
  (interactive)
  (save-excursion
    (end-of-line)
    (unless (or (re-search-backward "^```[a-z]+" nil t) (re-search-forward "^```[a-z]+" nil t))
      (user-error "There is no code here"))
    (forward-line 1)
    (let ((start (point)))
      (re-search-forward "^```" nil 'end)
      (kill-new (buffer-substring-no-properties start (line-beginning-position)))
      (message "Trust: copied"))))

(provide 'trust-chat)
;;; trust-chat.el ends here
