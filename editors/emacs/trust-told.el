;;; trust-told.el --- Buffers of what the server said -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Texts that grow while the server speaks, in a mode for reading them.  What is
;; under way belongs to its buffer: \\[trust-cancel] there ends it.

;;; Code:

(require 'trust-server)

(defvar-local trust--asked nil
  "The connection and the identifier of what this buffer waits for.")

(defvar trust-told-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map special-mode-map)
    (define-key map (kbd "C-c C-k") #'trust-cancel)
    (define-key map (kbd "TAB") #'forward-button)
    (define-key map (kbd "<backtab>") #'backward-button)
    map)
  "Keys in buffers of what the server said.")

(defconst trust--told-faces
  '(("^#+ .*" . 'font-lock-function-name-face)
    ("\\*\\*\\([^*\n]+\\)\\*\\*" 1 'bold)
    ("`[^`\n]+`" . 'font-lock-constant-face)
    ("^>.*" . 'font-lock-comment-face))
  "What is set apart in the server's Markdown.")

(define-derived-mode trust-told-mode special-mode "Trust"
  "For reading what the server said.
\\{trust-told-mode-map}"
  (setq-local font-lock-defaults '(trust--told-faces t))
  (setq-local word-wrap t)
  (setq mode-line-process '(:eval (when trust--asked " …")))
  (add-hook 'kill-buffer-hook #'trust--cancel-own nil t))

(defun trust--cancel-own ()
  "End what this buffer waits for, if anything."
  (when trust--asked
    (apply #'trust--cancel trust--asked)
    (setq trust--asked nil)
    t))

(defun trust-cancel ()
  "End what is under way here."
  (interactive)
  (unless (trust--cancel-own)
    (user-error "Nothing is under way here")))

(defun trust--append (buffer text)
  "Add TEXT to the end of BUFFER; whoever reads at its end goes on there."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (let ((inhibit-read-only t)
            (following (seq-filter (lambda (window) (= (window-point window) (point-max)))
                                   (get-buffer-window-list buffer nil t))))
        (save-excursion
          (goto-char (point-max))
          (insert text))
        (dolist (window following)
          (set-window-point window (point-max)))))))

(defun trust--replace-from (buffer start text)
  "Let TEXT take the place of what stands in BUFFER from START on."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (let ((inhibit-read-only t))
        (save-excursion
          (delete-region start (point-max))
          (goto-char (point-max))
          (insert text))))))

(cl-defun trust--tell (buffer connection method params &key part done)
  "Ask CONNECTION METHOD with PARAMS on behalf of BUFFER, which can cancel it.
PART and DONE are told what comes; what went wrong is written there."
  (with-current-buffer buffer
    (trust--cancel-own)
    (let* (mine
           (still (lambda () (and (buffer-live-p buffer)
                                  (eq mine (buffer-local-value 'trust--asked buffer)))))
           (over (lambda ()
                   (with-current-buffer buffer
                     (setq trust--asked nil)
                     (force-mode-line-update)))))
      (setq mine (list connection nil)
            trust--asked mine)
      (setcar (cdr mine)
              (trust--ask-later
               connection method params
               :part (lambda (value) (when (funcall still) (funcall part value)))
               :done (lambda (answer) (when (funcall still) (funcall over) (funcall done answer)))
               :failed (lambda (problem)
                         (when (funcall still)
                           (funcall over)
                           (trust--append buffer (format "\n%s\n" problem)))))))))

(provide 'trust-told)
;;; trust-told.el ends here
