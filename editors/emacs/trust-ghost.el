;;; trust-ghost.el --- Completions as ghost text, and the next edit -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; What the server would write at the cursor is shown there in grey, and taken
;; whole, by the word or by the line.  While it is shown, `trust-ghost-map' holds.

;;; Code:

(require 'trust-sync)

(defcustom trust-delay 0
  "Seconds between a key and the request for a completion.
The server itself waits a little where more keys are likely."
  :type 'number
  :group 'trust)

(defface trust-ghost
  '((((class color) (background dark)) :foreground "grey50")
    (((class color) (background light)) :foreground "grey60")
    (t :inherit shadow))
  "What would be written at the cursor."
  :group 'trust)

(defface trust-replaced '((t :inherit shadow :strike-through t))
  "What the text that is shown would take the place of."
  :group 'trust)

(defvar trust-ghost-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "TAB") #'trust-accept)
    (define-key map (kbd "<tab>") #'trust-accept)
    (define-key map (kbd "M-f") #'trust-accept-word)
    (define-key map (kbd "C-<right>") #'trust-accept-word)
    (define-key map (kbd "C-e") #'trust-accept-line)
    (define-key map (kbd "M-n") #'trust-next)
    (define-key map (kbd "M-p") #'trust-previous)
    (define-key map (kbd "C-g") #'trust-dismiss)
    map)
  "Keys while a completion is shown.")

(defvar-local trust--items nil
  "The completions for the place of `trust--overlay', the one that is shown first.")

(defvar-local trust--overlay nil
  "What shows the completion.")

(defvar-local trust--changed nil
  "Whether this buffer has changed since the last command.")

(defvar-local trust--soon nil
  "The timer of the next request for a completion.")

(defvar-local trust--hint nil
  "What shows where the next edit is due.")

(defvar-local trust--shown nil
  "Whether `trust-ghost-map' holds.")

(defvar trust--keymaps `((trust--shown . ,trust-ghost-map))
  "The keys of completions, before those of other minor modes.")

(add-to-list 'emulation-mode-map-alists 'trust--keymaps)

(defun trust-dismiss ()
  "Leave what is shown."
  (interactive)
  (when trust--overlay (delete-overlay trust--overlay))
  (setq trust--overlay nil trust--items nil trust--shown nil))

(defun trust--show (items)
  "Show the first of ITEMS, each a text and what is to be done with it."
  (trust-dismiss)
  (pcase (car items)
    (`(,text ,from ,to . ,_)
     (unless (string-empty-p text)
       (let ((shown (propertize text 'face 'trust-ghost)))
         ;; The cursor stays before the text, as it stands before it in the file.
         (put-text-property 0 1 'cursor t shown)
         (setq trust--overlay (make-overlay from to nil t)
               trust--items items
               trust--shown t)
         (overlay-put trust--overlay 'after-string shown)
         (overlay-put trust--overlay 'face (if (< from to) 'trust-replaced))
         (overlay-put trust--overlay 'priority 100))))))

(defun trust--read-item (item)
  "The text of the protocol's ITEM, the points it replaces, and its command."
  (let ((text (plist-get item :insertText)) (range (plist-get item :range)))
    (list (if (stringp text) text (plist-get text :value))
          (if range (trust--point (plist-get range :start)) (point))
          (if range (trust--point (plist-get range :end)) (point))
          (plist-get item :command))))

(defun trust--request (buffer kind)
  "Ask for a completion at the cursor of BUFFER.
KIND is 1 where somebody asked, else 2."
  (when (and (buffer-live-p buffer) (eq buffer (window-buffer)))
    (with-current-buffer buffer
      (when (and trust--opened (jsonrpc-running-p trust--opened) (not buffer-read-only))
        (trust--flush)
        (let ((then (list (buffer-chars-modified-tick) (point))))
          (trust--ask-later
           trust--opened :textDocument/inlineCompletion
           `(:textDocument ,(trust--document) :position ,(trust--position) :context (:triggerKind ,kind))
           :done (lambda (answer)
                   (when (buffer-live-p buffer)
                     (with-current-buffer buffer
                       (when (equal then (list (buffer-chars-modified-tick) (point)))
                         (trust--show (mapcar #'trust--read-item (plist-get answer :items)))))))))))))

(defun trust-complete ()
  "Ask for completions here."
  (interactive)
  (trust--wait trust--own-root)
  (trust--request (current-buffer) 1))

(defun trust--take (text)
  "Put TEXT in the place of what the shown completion replaces."
  (pcase-let ((`(,_ ,from ,to . ,_) (car trust--items)))
    (goto-char from)
    (delete-region from to)
    (insert text)))

(defun trust-accept ()
  "Take what is shown."
  (interactive)
  (pcase-let ((`(,text ,_ ,_ ,command) (car trust--items)) (connection trust--opened))
    (trust--take text)
    (trust-dismiss)
    (when command
      (trust--flush)
      (trust--ask-later connection :workspace/executeCommand
                        (list :command (plist-get command :command) :arguments (plist-get command :arguments))))))

(defun trust--accept-part (pattern)
  "Take what PATTERN matches of the text that is shown; the rest stays."
  (pcase-let ((`(,text ,from ,to . ,_) (car trust--items)))
    (if (and (= from to) (string-match pattern text) (< (match-end 0) (length text)))
        (trust--take (substring text 0 (match-end 0)))
      (trust-accept))))

(defun trust-accept-word ()
  "Take the next word of what is shown."
  (interactive)
  (trust--accept-part "\\`\\W*\\w+"))

(defun trust-accept-line ()
  "Take the next line of what is shown."
  (interactive)
  (trust--accept-part "\\`\n*[^\n]+"))

(defun trust-next ()
  "Show the next completion for this place."
  (interactive)
  (if (cdr trust--items)
      (trust--show (append (cdr trust--items) (list (car trust--items))))
    ;; Who asks gets several.
    (trust-complete)))

(defun trust-previous ()
  "Show the completion before this one."
  (interactive)
  (trust--show (append (last trust--items) (butlast trust--items))))

(defun trust--ghost-change (from to length)
  "Keep showing what goes on from the text between FROM and TO, if LENGTH is 0."
  (setq trust--changed t)
  (trust--hide-hint)
  (when trust--items
    (let ((typed (buffer-substring-no-properties from to)))
      (trust--show
       (cl-loop for (text start end . rest) in trust--items
                when (and (= length 0) (= start end from) (string-prefix-p typed text))
                collect `(,(substring text (length typed)) ,to ,to ,@rest))))))

(defun trust--after-command ()
  "Ask for a completion after a change; leave one that the cursor left."
  (trust--flush)
  (cond (trust--changed
         (setq trust--changed nil)
         (when trust--soon (cancel-timer trust--soon))
         (setq trust--soon (run-with-timer trust-delay nil #'trust--request (current-buffer) 2)))
        ((and trust--overlay
              (not (<= (overlay-start trust--overlay) (point) (overlay-end trust--overlay))))
         (trust-dismiss))))

(defun trust--hide-hint ()
  "Take the hint of the next edit away."
  (when trust--hint (delete-overlay trust--hint))
  (setq trust--hint nil))

(defun trust--hint-at (next)
  "Show beside the cursor where the edit NEXT is due."
  (with-current-buffer (window-buffer)
    (when trust--opened
      (trust--hide-hint)
      (setq trust--hint (make-overlay (line-end-position) (line-end-position)))
      (overlay-put trust--hint 'after-string
                   (propertize (format "   %s: line %d, %s" (substitute-command-keys "\\[trust-next-edit]")
                                       (1+ (plist-get (plist-get (plist-get next :range) :start) :line))
                                       (plist-get next :why))
                               'face 'shadow)))))

(defun trust-next-edit ()
  "Go where the edits made lately ask for the next one, which is shown there."
  (interactive)
  (let ((connection (trust--wait trust--own-root)))
    (trust--flush)
    (let ((next (trust--ask connection :trust/nextEdit
                            `(:textDocument (:uri ,(trust--uri buffer-file-name) :version ,trust--version)
                              :position ,(trust--position)))))
      (trust--hide-hint)
      (if (null next)
          (message "Trust: no edit follows from the last ones")
        (push-mark)
        (find-file (trust--path (plist-get next :uri)))
        (goto-char (trust--point (plist-get (plist-get next :range) :end)))
        (message "Trust: %s" (plist-get next :why))
        (trust--request (current-buffer) 1)))))

(defun trust--ghost-on ()
  "Show completions in this buffer."
  (add-hook 'after-change-functions #'trust--ghost-change nil t)
  (add-hook 'post-command-hook #'trust--after-command nil t))

(defun trust--ghost-off ()
  "Show no completions in this buffer."
  (trust-dismiss)
  (trust--hide-hint)
  (when trust--soon (cancel-timer trust--soon))
  (remove-hook 'after-change-functions #'trust--ghost-change t)
  (remove-hook 'post-command-hook #'trust--after-command t))

(add-hook 'trust-next-edit-functions #'trust--hint-at)

(provide 'trust-ghost)
;;; trust-ghost.el ends here
