;;; trust.el --- Completions from a model on this machine -*- lexical-binding: t; -*-

;; Author: The trust-lsp authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))
;; Keywords: convenience, tools, languages
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Ghost text, next edits, commit messages, explained changes, reviews and answers
;; from the `trust-lsp' program, which sends nothing anywhere.  It goes on beside
;; Eglot or lsp-mode, over a connection of its own.  To begin:
;;
;;     (require 'trust)
;;     (global-trust-mode)
;;
;; All that it does is in the menu of `trust-menu'.

;;; Code:

(require 'transient)
(require 'trust-server)
(require 'trust-sync)
(require 'trust-ghost)
(require 'trust-git)
(require 'trust-chat)
(require 'trust-edit)

(defvar trust-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c ,") #'trust-menu)
    (define-key map (kbd "M-j") #'trust-next-edit)
    map)
  "Keys where `trust-mode' is on.")

(defun trust--lighter ()
  "What the mode line says of the server."
  (let* ((connection (gethash trust--own-root trust--connections))
         (status (and connection (trust-connection-status connection)))
         (model (plist-get status :model))
         (index (plist-get status :index))
         (problem (plist-get (gethash trust--own-root trust--troubles) :problem)))
    (cond
     (problem (propertize " Trust:no server" 'face 'warning 'help-echo problem))
     ((null status) " Trust:…")
     (t (propertize (format " Trust:%s%s"
                            (or (plist-get model :name) (plist-get model :state))
                            (if (member (plist-get index :state) '("walking" "indexing"))
                                (format " %d/%d" (plist-get index :files) (plist-get index :total))
                              ""))
                    'help-echo (plist-get model :message))))))

;;;###autoload
(define-minor-mode trust-mode
  "Completions of a model on this machine, as ghost text.
\\{trust-mode-map}"
  :lighter (:eval (trust--lighter))
  (if (not trust-mode)
      (progn (trust--ghost-off) (trust--sync-off))
    (unless (and buffer-file-name (not (file-remote-p buffer-file-name)))
      (setq trust-mode nil)
      (user-error "Trust works in files of this machine"))
    (trust--sync-on)
    (trust--ghost-on)
    (condition-case problem
        (trust--start trust--own-root)
      (error (trust--give-up trust--own-root (error-message-string problem))))))

(defun trust--turn-on ()
  "Turn `trust-mode' on where it can do something."
  (when (and buffer-file-name (not (file-remote-p buffer-file-name)) (derived-mode-p 'prog-mode))
    (trust-mode)))

;;;###autoload
(define-globalized-minor-mode global-trust-mode trust-mode trust--turn-on
  :group 'trust)

(defun trust-model (model)
  "Let MODEL answer from now on, in this session."
  (interactive
   (let* ((answer (trust--ask (trust--wait (trust--here)) :trust/models))
          (names (mapcar (lambda (model) (if (eq t (plist-get model :bundled)) "bundled" (plist-get model :name)))
                         (plist-get answer :models))))
     (list (completing-read (format "Model (now %s): " (plist-get answer :configured)) (append names '("none")) nil t))))
  (let ((used (trust--ask (trust--wait (trust--here)) :trust/useModel (list :model model))))
    (message "Trust: %s answers from now on" (or (plist-get used :name) "no model"))))

(defun trust-why ()
  "Tell why the last completion was shown, or was not."
  (interactive)
  (let ((last (trust--ask (trust--wait (trust--here)) :trust/lastCompletion)))
    (if (null last)
        (message "Trust: nothing was asked for yet")
      (message "%s%s" (if (plist-get last :quiet) (concat (plist-get last :quiet) "\n") "") (plist-get last :why)))))

(defun trust-restart ()
  "End the server of this project, and start it again."
  (interactive)
  (let ((root (trust--here)))
    (trust--stop root)
    (trust--start root)))

(defun trust-show-log ()
  "Show what the server logged, and what was said, where `trust-log-size' keeps it."
  (interactive)
  (let* ((name (trust--name (trust--here)))
         (buffer (or (and (> trust-log-size 0) (get-buffer (format "*%s events*" name)))
                     (get-buffer (format " *%s stderr*" name)))))
    (pop-to-buffer (or buffer (user-error "No server was started here")))))

;;;###autoload (autoload 'trust-menu "trust" nil t)
(transient-define-prefix trust-menu ()
  "What Trust does."
  [["Code"
    ("c" "complete here" trust-complete)
    ("n" "next edit" trust-next-edit)
    ("a" "actions here" trust-actions)
    ("w" "why this completion, or none" trust-why)
    ("q" "ask a question" trust-chat)]
   ["Git"
    ("m" "commit message" trust-commit-message)
    ("e" "explain changes" trust-explain-diff)
    ("h" "history of this symbol" trust-explain-history)
    ("r" "review" trust-review)]
   ["Server"
    ("M" "model" trust-model)
    ("R" "restart" trust-restart)
    ("l" "log" trust-show-log)]])

(provide 'trust)
;;; trust.el ends here
