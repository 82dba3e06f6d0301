;;; terminal-tests.el --- Emacs in a terminal, as it is seen -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; An Emacs in tmux, with keys from outside: what the screen shows.  Where
;; TRUST_TEST_PICTURES names a folder, the screens are drawn there as SVG.

;;; Code:

(require 'support)
(require 'dom)
(require 'svg)

(defconst trust-test-size '(84 . 18) "Columns and lines of the terminal.")

(defconst trust-test-emacs
  (cons (expand-file-name invocation-name invocation-directory)
        (when-let ((argument (getenv "TRUST_TEST_EMACS_ARGUMENT"))) (list argument)))
  "This Emacs, as it is started.")

(defvar trust-test-socket nil "The socket of the terminal's tmux.")

(defun trust-test-tmux (&rest words)
  "What tmux says to WORDS."
  (with-temp-buffer
    (let ((code (apply #'call-process "tmux" nil t nil "-S" trust-test-socket "-f" "/dev/null" words)))
      (unless (eql code 0) (ert-fail (format "tmux %s: %s" words (buffer-string)))))
    (buffer-string)))

(defun trust-test-screen-until (what)
  "Wait for WHAT on the screen; the screen with its colours."
  (let ((end (+ (float-time) 60)) screen)
    (while (and (setq screen (trust-test-tmux "capture-pane" "-p"))
                (not (string-match-p (regexp-quote what) screen))
                (< (float-time) end))
      (sleep-for 0.1))
    (unless (string-match-p (regexp-quote what) screen)
      (ert-fail (format "no %S on the screen:\n%s" what screen)))
    (trust-test-tmux "capture-pane" "-p" "-e")))

(defun trust-test-colour (number)
  "The terminal's colour of this NUMBER, of 256."
  (cond ((< number 16)
         (nth number '("#1e1e1e" "#e06c75" "#98c379" "#e5c07b" "#61afef" "#c678dd" "#56b6c2" "#d0d0d0"
                       "#7f848e" "#e06c75" "#98c379" "#e5c07b" "#61afef" "#c678dd" "#56b6c2" "#ffffff")))
        ((>= number 232) (let ((level (+ 8 (* 10 (- number 232))))) (format "#%02x%02x%02x" level level level)))
        (t (let ((level (lambda (step) (if (= step 0) 0 (+ 55 (* 40 step))))) (cell (- number 16)))
             (format "#%02x%02x%02x" (funcall level (/ cell 36)) (funcall level (mod (/ cell 6) 6)) (funcall level (mod cell 6)))))))

(defun trust-test-style (style codes)
  "STYLE, a foreground and a background, after the terminal's CODES."
  (pcase codes
    ('() style)
    ((or `(0 . ,rest) `(39 . ,rest)) (trust-test-style (list "#d0d0d0" (and (/= 0 (car codes)) (cadr style))) rest))
    (`(49 . ,rest) (trust-test-style (list (car style) nil) rest))
    (`(7 . ,rest) (trust-test-style (list "#1e1e1e" "#d0d0d0") rest))
    (`(38 5 ,number . ,rest) (trust-test-style (list (trust-test-colour number) (cadr style)) rest))
    (`(48 5 ,number . ,rest) (trust-test-style (list (car style) (trust-test-colour number)) rest))
    (`(,(and code (guard (<= 30 code 37))) . ,rest) (trust-test-style (list (trust-test-colour (- code 30)) (cadr style)) rest))
    (`(,(and code (guard (<= 40 code 47))) . ,rest) (trust-test-style (list (car style) (trust-test-colour (- code 40))) rest))
    (`(,(and code (guard (<= 90 code 97))) . ,rest) (trust-test-style (list (trust-test-colour (- code 82)) (cadr style)) rest))
    (`(,_ . ,rest) (trust-test-style style rest))))

(defun trust-test-draw (screen name)
  "Draw SCREEN as NAME where TRUST_TEST_PICTURES says."
  (when-let ((folder (getenv "TRUST_TEST_PICTURES")))
    (let* ((wide 8) (high 18) (style (list "#d0d0d0" nil)) (row 0)
           (svg (svg-create (* wide (+ 2 (car trust-test-size))) (* high (1+ (cdr trust-test-size))))))
      (svg-rectangle svg 0 0 "100%" "100%" :fill "#1e1e1e" :rx 6)
      (dolist (line (split-string screen "\n"))
        (let ((column 0) (start 0))
          (while (string-match "\e\\[\\([0-9;]*\\)m\\|[^\e]+" line start)
            (setq start (match-end 0))
            (let ((text (match-string 0 line)) (codes (match-string 1 line)))
              (if codes
                  (setq style (trust-test-style style (mapcar #'string-to-number (split-string codes ";"))))
                (when (cadr style)
                  (svg-rectangle svg (* wide (1+ column)) (+ (* high row) 5) (* wide (length text)) high :fill (cadr style)))
                (unless (string-blank-p text)
                  (svg-text svg text :x (* wide (1+ column)) :y (* high (1+ row)) :fill (car style)
                            :font-family "monospace" :font-size 13 :xml:space "preserve" :textLength (* wide (length text))))
                (cl-incf column (length text))))))
        (cl-incf row))
      (make-directory folder t)
      (with-temp-file (expand-file-name name folder)
        (svg-print svg)
        (insert "\n")
        ;; A blank is written before each text, where it would be seen.
        (goto-char (point-min))
        (while (re-search-forward "\\(<text[^>]*>\\) " nil t)
          (replace-match "\\1"))))))

(trust-test-deftest trust-is-seen-in-a-terminal
  "Ghost text behind the cursor, the menu, and a review beside its file."
  (unless (executable-find "tmux")
    (if (getenv "CI") (ert-fail "tmux is not installed") (ert-skip "tmux is not installed")))
  (let ((trust-test-socket (make-temp-file "trust-tmux-"))
        (folder (file-name-directory (locate-library "trust"))))
    (delete-file trust-test-socket)
    (unwind-protect
        (progn
          (apply #'trust-test-tmux
                 `("new-session" "-d" "-x" ,(number-to-string (car trust-test-size)) "-y" ,(number-to-string (cdr trust-test-size))
                   ,@trust-test-emacs "-nw" "-Q" "--eval" ,(format "%S" trust-test-no-compiler) "-L" ,folder "-l" "trust" "--eval"
                   ,(format "(progn (menu-bar-mode -1) (setq trust-program %S) (global-trust-mode) (find-file \"tools.py\"))" trust-test-program)))
          (trust-test-screen-until "Trust:trust-nano")
          (trust-test-tmux "send-keys" "-l" "def first(items):\n    return sorted(items, key=by_name)[0]\n\n\ndef last(items):\n    return sorted(items, k")
          (trust-test-draw (trust-test-screen-until "key=by_name)[0]\n\n\ndef last(items):\n    return sorted(items, key=by_name)") "emacs-ghost-text.svg")
          (trust-test-tmux "send-keys" "Tab")
          (trust-test-tmux "send-keys" "C-c" ",")
          (trust-test-screen-until "commit message")
          (trust-test-tmux "send-keys" "r")
          (trust-test-screen-until "Review:")
          (trust-test-tmux "send-keys" "-l" "staged\r")
          (trust-test-draw (trust-test-screen-until "findings in 1 files") "emacs-review.svg"))
      (ignore-errors (trust-test-tmux "kill-server"))
      (ignore-errors (delete-file trust-test-socket)))))

(provide 'terminal-tests)
;;; terminal-tests.el ends here
