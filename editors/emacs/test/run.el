;;; run.el --- Run all tests, and count them -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; For `cargo xtask test`, which reads the last line of the standard output.

;;; Code:

(require 'ert)
(dolist (file '(eglot-tests files-tests ghost-tests git-tests session-tests terminal-tests))
  (require file))

(let* ((stats (ert-run-tests-batch t))
       (failed (+ (ert-stats-completed-unexpected stats)
                  (- (ert-stats-total stats) (ert-stats-completed stats)))))
  (princ (format "emacs: %d passed, %d failed\n" (ert-stats-completed-expected stats) failed))
  (kill-emacs (if (zerop failed) 0 1)))

;;; run.el ends here
