;;; trust-edit.el --- Code actions, and edits that the server makes -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; What the server offers to do at the cursor: mend what a review found, document
;; or simplify a symbol, explain a change.  Edits of another version are refused.

;;; Code:

(require 'trust-sync)

(defun trust--edits-by-file (edit)
  "The parts of the workspace EDIT: a URI, a version or nil, and text edits each."
  (if-let ((changes (plist-get edit :documentChanges)))
      (mapcar (lambda (change)
                (let ((document (plist-get change :textDocument)))
                  (list (plist-get document :uri) (plist-get document :version) (plist-get change :edits))))
              changes)
    (cl-loop for (uri edits) on (plist-get edit :changes) by #'cddr
             collect (list (substring (symbol-name uri) 1) nil edits))))

(defun trust--replace (edits)
  "Make the text EDITS in this buffer, the last first."
  (let ((places (mapcar (lambda (edit)
                          (let ((range (plist-get edit :range)))
                            (list (trust--point (plist-get range :start)) (trust--point (plist-get range :end))
                                  (plist-get edit :newText))))
                        edits)))
    (save-excursion
      (save-restriction
        (widen)
        (pcase-dolist (`(,from ,to ,text) (sort places (lambda (one other) (> (car one) (car other)))))
          (goto-char from)
          (delete-region from to)
          (insert text))))))

(defun trust--confirmed-p (edit)
  "Whether the user agrees to EDIT, where it wants to be agreed to."
  (let ((annotations (seq-filter #'listp (plist-get edit :changeAnnotations))))
    (seq-every-p (lambda (annotation)
                   (or (not (eq t (plist-get annotation :needsConfirmation)))
                       (y-or-n-p (format "%s? " (plist-get annotation :label)))))
                 annotations)))

(defun trust--apply (edit)
  "Make the workspace EDIT, all of it or none; nil where it was made, else why not."
  (let ((parts (mapcar (pcase-lambda (`(,uri ,version ,edits))
                         (list (find-file-noselect (trust--path uri)) version edits))
                       (trust--edits-by-file edit))))
    (cond
     ((seq-some (pcase-lambda (`(,buffer ,version))
                  (and version (not (eql version (buffer-local-value 'trust--version buffer)))))
                parts)
      "the text has changed meanwhile")
     ((not (trust--confirmed-p edit)) "it was declined")
     (t (pcase-dolist (`(,buffer ,_ ,edits) parts)
          (with-current-buffer buffer
            (trust--replace edits)
            (trust--flush)))
        nil))))

(defun trust--answer-edit (edit)
  "Make the server's EDIT, and say whether it was made."
  (let ((problem (trust--apply edit)))
    (if problem (list :applied :json-false :failureReason problem) '(:applied t))))

(defun trust--act (connection action)
  "Do ACTION, one of those that the server of CONNECTION offered."
  (when (and (null (plist-get action :edit)) (plist-get action :data))
    (setq action (trust--ask connection :codeAction/resolve action)))
  (when-let* ((edit (plist-get action :edit)) (problem (trust--apply edit)))
    (user-error "Trust: %s" problem))
  (when-let ((command (plist-get action :command)))
    ;; An action holds its command, unless it is nothing but one.
    (let ((command (if (stringp command) action command)))
      (trust--ask connection :workspace/executeCommand
                  (list :command (plist-get command :command) :arguments (plist-get command :arguments))))))

(defun trust-actions ()
  "Do one of the things that the server offers at the cursor, or for marked lines."
  (interactive)
  (let ((connection (trust--wait trust--own-root))
        (range (if (use-region-p) (trust--range (region-beginning) (region-end)) (trust--range (point) (point)))))
    (trust--flush)
    (let* ((actions (trust--ask connection :textDocument/codeAction
                                `(:textDocument ,(trust--document) :range ,range :context (:diagnostics []))))
           (titles (mapcar (lambda (action) (cons (plist-get action :title) action)) actions)))
      (unless titles (user-error "Trust: there is nothing to do here"))
      (trust--act connection (cdr (assoc (completing-read "Do: " titles nil t) titles))))))

(setq trust-edit-function #'trust--answer-edit)

(provide 'trust-edit)
;;; trust-edit.el ends here
