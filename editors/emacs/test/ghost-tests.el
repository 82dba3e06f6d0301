;;; ghost-tests.el --- Completions and next edits -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; What is typed, shown and taken, by the keys that users have.

;;; Code:

(require 'support)

(defun trust-test-begin (text)
  "Type TEXT at the end, and wait for what the server shows there."
  (goto-char (point-max))
  (trust-test-type text)
  (trust-test-until "a completion" (trust-test-ghost)))

(trust-test-deftest trust-ghost-is-taken-whole-by-word-and-by-line
  "Keys while a completion is shown, and those that are typed into it."
  (trust-test-visit "src/main.rs" "--scripted-model" "two(three);\n    four();\n}")
  (trust-test-begin "\nfn one() {\n    ")
  (should (equal (trust-test-ghost) "two(three);\n    four();"))
  (should (eq (key-binding (kbd "TAB")) #'trust-accept))
  (trust-test-keys "M-f")
  (should (string-suffix-p "    two" (buffer-string)))
  (should (equal (trust-test-ghost) "(three);\n    four();"))
  (trust-test-type "(")
  (should (equal (trust-test-ghost) "three);\n    four();"))
  (trust-test-keys "C-e")
  (should (string-suffix-p "two(three);" (buffer-string)))
  (should (equal (trust-test-ghost) "\n    four();"))
  (trust-test-keys "TAB")
  (should (string-suffix-p "two(three);\n    four();" (buffer-string)))
  (should-not (trust-test-ghost))
  (should-not (eq (key-binding (kbd "TAB")) #'trust-accept)))

(trust-test-deftest trust-ghost-leaves-with-the-cursor
  "What is not wanted goes away, by a key or by going."
  (trust-test-visit "src/main.rs" "--scripted-model" " = two();")
  (trust-test-begin "\nlet one")
  (trust-test-keys "C-g")
  (should-not (trust-test-ghost))
  (trust-test-type " ")
  (trust-test-keys "DEL")
  (trust-test-until "a completion" (trust-test-ghost))
  (trust-test-keys "C-a")
  (should-not (trust-test-ghost)))

(trust-test-deftest trust-alternatives-go-forth-and-back
  "Who asks gets several; keys go through them, past either end."
  (trust-test-visit "src/main.rs" "--scripted-model" "fourth, 4);")
  (goto-char (point-max))
  (insert "\nfn log_all() {\n    log.write(first, 1);\n    log.write(second, 2);\n    log.write(third, 3);\n    log.write(\n}\n")
  (search-backward "\n}\n")
  (trust-complete)
  (trust-test-until "completions" (>= (length trust--items) 3))
  (let* ((all (mapcar #'car trust--items)) (count (length all)))
    (should (member "fourth, 4);" all))
    (should (equal all (delete-dups (copy-sequence all))))
    (should (equal (trust-test-ghost) (car all)))
    (should (eq (key-binding (kbd "M-n")) #'trust-next))
    (trust-test-keys "M-n")
    (should (equal (trust-test-ghost) (cadr all)))
    (trust-test-keys "M-p")
    (should (equal (trust-test-ghost) (car all)))
    (trust-test-keys "M-p")
    (should (equal (trust-test-ghost) (car (last all))))
    (dotimes (_ count) (trust-test-keys "M-n"))
    (should (equal (trust-test-ghost) (car (last all))))
    (trust-test-keys "TAB")
    (should (string-suffix-p (concat "log.write(" (car (last all)) "\n}\n") (buffer-string)))))

(trust-test-deftest trust-a-key-for-another-asks-for-several
  "Where one is shown unasked, the key for another one has the server look for more."
  (trust-test-visit "src/main.rs" "--scripted-model" "fourth, 4);")
  (goto-char (point-max))
  (insert "\nfn log_all() {\n    log.write(first, 1);\n    log.write(second, 2);\n    log.write(third, 3);\n    log.write\n}\n")
  (search-backward "\n}\n")
  (trust-test-type "(")
  (trust-test-until "a completion" (trust-test-ghost))
  (should (= (length trust--items) 1))
  (trust-test-keys "M-n")
  (trust-test-until "more" (> (length trust--items) 2)))

(trust-test-deftest trust-bundled-model-completes
  "The model that ships inside goes on with what stands in the file, where somebody asks."
  (trust-test-visit "src/load.rs")
  (goto-char (point-max))
  (trust-test-type "pub fn thrice(path: &str) {\n    lo")
  (trust-complete)
  (trust-test-until "a completion" (trust-test-ghost))
  (should (string-prefix-p "ad(path)" (trust-test-ghost))))

(trust-test-deftest trust-server-knows-what-stands-in-the-buffer
  "After edits of every kind, also where characters are wide or are none at all."
  (trust-test-visit "src/main.rs" "--no-model" "--debug-requests")
  (goto-char (point-min))
  (trust-test-type "// ä😀 ")
  (insert "raw " (unibyte-char-to-multibyte #x80) "\n")
  (goto-char (point-max))
  (trust-test-type "fn tail() {}\n")
  (transpose-lines -1)
  (upcase-region (point-min) (point-max))
  (save-restriction (narrow-to-region 3 9) (erase-buffer) (insert "new"))
  (undo-boundary)
  (trust--flush)
  (should (equal (trust--whole-text)
                 (plist-get (trust--ask trust--opened :trust/debug/text (trust--document)) :text))))

(trust-test-deftest trust-next-edit-leads-to-the-next-place
  "A parameter is added, and its callers are due."
  (trust-test-visit "src/load.rs" "--no-model")
  (search-forward "load(path: &str")
  (trust-test-type ", deep: bool")
  (trust-test-keys "M-j")
  (should (equal (line-number-at-pos) 3))
  (trust-test-until "the edit" (trust-test-ghost))
  (trust-test-keys "TAB")
  (should (string-match-p "load(path, .*deep" (buffer-substring (line-beginning-position) (line-end-position)))))

(provide 'ghost-tests)
;;; ghost-tests.el ends here
