# Trust for Kakoune: what git says, reviews and answers, from the trust-lsp program; completions through kakoune-lsp.
#
# Source it in your kakrc, and map the mode: `map global user t ':enter-user-mode trust<ret>'`.

declare-option -docstring 'the program: a name on the PATH, or an absolute path, which may begin with ~/' str trust_program trust-lsp

# Shells and kakoune-lsp expand no ~ in a value.
hook global GlobalSetOption trust_program=~/.* %{
    set-option global trust_program %sh{ printf %s "$HOME/${kak_opt_trust_program#'~/'}" }
}

# `*make*` is the buffer that `make-next-error` visits.
define-command -hidden trust-to-buffer -params 2.. %{ evaluate-commands %sh{
    buffer=$1 filetype=$2; shift 2
    if ! command -v "$kak_opt_trust_program" >/dev/null 2>&1; then
        printf "fail 'there is no program %s: build it, or set the option trust_program'" "$kak_opt_trust_program"
        exit
    fi
    folder=$(mktemp -d "${TMPDIR:-/tmp}/kak-trust.XXXXXXXX")
    mkfifo "$folder/said"
    if [ "$buffer" = '*make*' ]; then
        # As compilers do it, which is what Kakoune reads.
        ( "$kak_opt_trust_program" "$@" 2>&1 | sed -E 's/^::(error|warning|notice) file=([^,]*),line=([0-9]+)(,col=([0-9]+))?[^:]*::/\2:\3:\5: \1: /; s/^([^:]*:[0-9]+):: /\1:1: /' > "$folder/said" & ) >/dev/null 2>&1 </dev/null
    else
        ( "$kak_opt_trust_program" "$@" > "$folder/said" 2>&1 & ) >/dev/null 2>&1 </dev/null
    fi
    printf %s\\n "edit! -fifo '$folder/said' '$buffer'
        set-option buffer filetype $filetype
        hook -always -once buffer BufCloseFifo .* %{ nop %sh{ rm -r '$folder' } }"
}}

define-command trust-explain -params .. -docstring 'trust-explain [--staged] [REVISIONS]: what has changed, symbol by symbol' %{
    trust-to-buffer '*trust*' markdown diff explain --format markdown %arg{@}
}

define-command trust-history -docstring 'how the symbol at the cursor came to be what it is' %{
    trust-to-buffer '*trust*' markdown history "%val{buffile}:%val{cursor_line}"
}

define-command trust-review -params .. -docstring 'trust-review [--base REV]: findings, which make-next-error visits' %{
    trust-to-buffer '*make*' make review --format github %arg{@}
    set-option buffer make_error_pattern ' (?:error|warning|notice):'
    set-option buffer make_current_error_line 0
}

define-command trust-chat -params 1.. -docstring 'trust-chat QUESTION: places of this project, then the words of a model that can converse' %{
    trust-to-buffer '*trust*' markdown chat "%arg{@}"
}

define-command trust-ask -docstring 'ask a question about this project' %{
    prompt 'ask: ' %{ trust-chat "%val{text}" }
}

define-command trust-commit-message -docstring 'propose a message for what is staged: at the top of the one that is written here, else in a box' %{
    evaluate-commands %sh{
        said=$("$kak_opt_trust_program" commit-message 2>&1) || { printf "fail 'no message: %s'" "$(printf %s "$said" | head -n1 | sed "s/'/''/g")"; exit; }
        quoted=$(printf %s "$said" | sed "s/'/''/g")
        case $kak_buffile in
            *_EDITMSG) printf "evaluate-commands -draft -save-regs m %%{ set-register m '%s' ; execute-keys gg '\"mP' }" "$quoted" ;;
            *) printf "info -title 'commit message' '%s'" "$quoted" ;;
        esac
    }
}

define-command trust-model -params 1 -docstring 'trust-model NAME: the model that answers from now on, in every server' \
    -shell-script-candidates %{ "$kak_opt_trust_program" models list --json | grep -o '"name": *"[^"]*"' | cut -d'"' -f4; printf 'bundled\nnone\n' } %{
    evaluate-commands %sh{
        said=$("$kak_opt_trust_program" models use "$1" 2>&1) && verb=echo || verb=fail
        printf "%s '%s'" "$verb" "$(printf %s "$said" | head -n1 | sed "s/'/''/g")"
    }
}

define-command trust-next-edit -docstring 'make the next edit that follows from the last ones (needs kakoune-lsp)' %{
    lsp-code-actions -kind quickfix
}

# For kakoune-lsp 18 and newer: the server beside the others of the file's language.
define-command trust-enable -docstring 'completions and code actions of trust-lsp in this buffer, through kakoune-lsp' %{
    set-option -add buffer lsp_servers "
        [trust-lsp]
        root_globs = ['.git', '.hg', '.trust']
        command = '%opt{trust_program}'
        args = ['--stdio']
    "
    lsp-enable-window
}

declare-user-mode trust
map global trust e ':trust-explain<ret>' -docstring 'explain what is changed'
map global trust s ':trust-explain --staged<ret>' -docstring 'explain what is staged'
map global trust h ':trust-history<ret>' -docstring 'history of this symbol'
map global trust r ':trust-review<ret>' -docstring 'review what is staged'
map global trust m ':trust-commit-message<ret>' -docstring 'commit message'
map global trust q ':trust-ask<ret>' -docstring 'ask a question'
map global trust a ':trust-next-edit<ret>' -docstring 'next edit, and what mends findings'
