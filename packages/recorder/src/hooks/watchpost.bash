# Watchpost: writes what is typed in an interactive bash to the spool file of this shell (docs/format/shell-spool.md); of a
# bash that sshd gave a command (`ssh host command`), that command.
# Nothing here forks after the start, talks to a network, or can fail in a way that the user sees.
# bash 5.1 and newer: everything. 5.0 and 4.4 have one prompt command, a string: who replaces it gets no more ENDs. Before 5.0
# times are whole seconds, as there is no EPOCHREALTIME. 4.3 and 4.2 have no PS0: armed at the prompt itself, the hook may take
# what bash runs for the prompt for a command; `local -` (4.4) fails there without a word, `history -d` gets no negative numbers.

case $- in
  *i*) ;;
  # Not for scripts, nor for what other programs run by `bash -c`.
  *) [[ ${BASH_EXECUTION_STRING+x} && ${SSH_CONNECTION-} && ${SHLVL-} == 1 ]] || return 0 ;;
esac
[[ ${_wp_pid-} == "$$" ]] && return 0
_wp_pid=$$ _wp_sequence=1 _wp_file='' _wp_scratch='' _wp_now=0
_wp_version=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))

# The first record. $1: letter of the file, $2: mode. Only its owner may read the file, whatever the umask is.
_wp_begin_file() {
  local IFS=$' \t\n' line='' login='' session='' boot='' key='' mask='' file=''
  { IFS= read -r line <"/proc/$$/stat" && IFS= read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || return 1
  { IFS= read -r login <"/proc/$$/loginuid"; IFS= read -r session <"/proc/$$/sessionid"; } 2>/dev/null
  while read -r key mask; do [[ $key == Umask: ]] && break; done 2>/dev/null <"/proc/$$/status"
  local -a stat=(${line##*) })
  file=${WATCHPOST_SPOOL:-/var/spool/watchpost/shells}/$1.$EUID.$$.${stat[19]}.$RANDOM$RANDOM
  if [[ $mask ]]; then
    umask 077
    { : >>"$file" && { [[ $1 == c ]] || : >>"$file.h"; }; } 2>/dev/null
    key=$?
    umask "$mask"
    [[ $key == 0 ]] || return 1
  else
    (umask 077 && : >>"$file" && : >>"$file.h") 2>/dev/null || return 1
  fi
  _wp_file=$file _wp_scratch=$file.h
  _wp_clock
  builtin printf '\x1eWP1\0S\0%s\0%s\0bash\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0' 1 "$_wp_now" \
    "$BASH_VERSION" "$$" "$PPID" "$UID" "$EUID" "$login" "$session" "${stat[4]}" "${stat[19]}" "$boot" "$HOSTNAME" \
    "${SSH_CONNECTION-}" "$SHLVL" "$PWD" "$2" 2>/dev/null >>"$_wp_file"
}

# bash has this clock from 5.0 on, until somebody unsets it: then, and before, times are whole seconds.
_wp_clock() {
  _wp_now=${EPOCHREALTIME-}
  _wp_now=${_wp_now/[.,]/}
  [[ $_wp_now ]] || builtin printf -v _wp_now '%(%s)T000000' -1
}

# The command that sshd gave this shell: the parent tells it from every other `bash -c`.
_wp_command() {
  local parent=''
  IFS= read -r parent 2>/dev/null <"/proc/$PPID/comm"
  case $parent in sshd | sshd-session | dropbear) ;; *) return 0 ;; esac
  _wp_begin_file c c || return 0
  builtin printf '\x1eWP1\0B\0002\0%s\0h\0%s\0\0%s\0' "$_wp_now" "$PWD" "$BASH_EXECUTION_STRING" 2>/dev/null >>"$_wp_file"
  builtin trap '{ _wp_command_end "$?" "${PIPESTATUS[*]}"; } 2>/dev/null' EXIT
}
_wp_command_end() {
  { local - && set +eux; }
  [[ $BASHPID == "$$" ]] || return 0
  _wp_clock
  builtin printf '\x1eWP1\0E\0003\0%s\0002\0%s\0%s\0' "$_wp_now" "$1" "$2" >>"$_wp_file"
  return 0
}
if [[ $- != *i* ]]; then
  _wp_command
  return 0
fi

_wp_open='' _wp_armed='' _wp_at=0 _wp_next='' _wp_previous='' _wp_details=0 _wp_blank=' '
_wp_control='' _wp_ignore='' _wp_size='' _wp_rules='' _wp_join='' _wp_lines='' _wp_off='' _wp_fast='' _wp_quick='' _wp_known='' _wp_literal='' _wp_first=1 _wp_status=0
_wp_mark=$'\x1f' _wp_mode=i
shopt -q login_shell && _wp_mode=l

# A command line is about to run. $1: its first simple command, all that is known when the history is off.
# Status 0: the trap has done its work for this line. The caller has closed the error output.
_wp_debug() {
  # With `functrace` a subshell has the trap too, and cannot tell this shell what it wrote: its line is told of at the prompt.
  if [[ $_wp_fast && $_wp_armed && ! $_wp_lines ]] && ((HISTCMD >= _wp_next && !BASH_SUBSHELL)); then
    # Before the file is opened: the number is used up, also when that fails.
    ((_wp_open = ++_wp_sequence))
    {
      builtin printf '\x1eWP1\0B\0%s\0%s\0r\0%s\0\0' "$_wp_open" "$_wp_at" "$PWD"
      builtin history 1
      builtin printf '\0'
    } >>"$_wp_file"
    _wp_armed=''
    [[ $_wp_join ]] && { shopt -u lithist; _wp_join=''; }
    return 0
  fi
  if ((BASH_SUBSHELL)); then
    return 1
  elif [[ $_wp_quick && $_wp_armed && ! $_wp_lines ]] && ((HISTCMD >= _wp_next)); then
    _wp_start_quick
  elif [[ $_wp_armed && ($_wp_version -ge 404 || $1 != _wp_*) ]]; then
    _wp_start "$1"
  elif [[ $_wp_off && $_wp_open && $1 != _wp_* ]] && ((_wp_details++ < 200)); then
    builtin printf '\x1eWP1\0D\0%s\0%s\0%s\0' $((++_wp_sequence)) "$_wp_open" "$1" >>"$_wp_file"
  else
    return 1
  fi
  [[ ! $_wp_off ]]
}

_wp_start() {
  local IFS=$' \t\n' hidden=''
  _wp_armed=''
  ((_wp_at)) || { _wp_clock; _wp_at=$_wp_now; }
  if [[ ! -o history ]] || ((HISTCMD < _wp_next)); then
    [[ -o history ]] || hidden=history-off
    builtin printf '\x1eWP1\0B\0%s\0%s\0d\0%s\0%s\0%s\0' $((++_wp_sequence)) "$_wp_at" "$PWD" "$hidden" "$1" >>"$_wp_file"
  elif [[ $_wp_rules || $_wp_lines ]] || ! shopt -q cmdhist; then
    _wp_start_by_rules
  else
    _wp_sequence=$((_wp_sequence + 1))
    {
      builtin printf '\x1eWP1\0B\0%s\0%s\0R\0%s\0\0' "$_wp_sequence" "$_wp_at" "$PWD"
      HISTTIMEFORMAT=$_wp_mark builtin history 1
      builtin printf '\0'
    } >>"$_wp_file"
  fi
  _wp_open=$_wp_sequence
  [[ $_wp_join ]] && { shopt -u lithist; _wp_join=''; }
  return 0
}

# With HISTCONTROL alone, as Debian gives it: the text must be looked at, which costs a file written and read.
_wp_start_quick() {
  local text='' hidden=''
  # Written over what is there: to make the file empty first would cost more than all the rest.
  { builtin history 1; builtin printf '\0'; } 1<>"$_wp_scratch"
  IFS= builtin read -rd '' text <"$_wp_scratch"
  # Behind the number, in five places or more, and two marks.
  text=${text:${#HISTCMD}>5?${#HISTCMD}+2:7} text=${text%$'\n'}
  if [[ $text == [[:blank:]]* && $_wp_control == *ignore[sb]* ]]; then hidden=leading-space
  elif [[ $text == "$_wp_previous" && $_wp_control == *ignore[db]* ]]; then hidden=ignore-dups; fi
  ((_wp_open = ++_wp_sequence))
  builtin printf '\x1eWP1\0B\0%s\0%s\0h\0%s\0%s\0%s\0' "$_wp_open" "$_wp_at" "$PWD" "$hidden" "$text" >>"$_wp_file"
  if [[ $hidden ]]; then builtin history -d -1; else _wp_previous=$text; fi
  HISTCONTROL=$_wp_control
  _wp_armed='' _wp_control='' _wp_rules=''
  [[ $_wp_join ]] && { shopt -u lithist; _wp_join=''; }
  return 0
}

# Why the history of the user would not have the line: into `hidden`, which is the caller's.
_wp_why_hidden() {
  local IFS=: glob='' pattern=''
  [[ $_wp_size ]] && hidden=histsize-zero
  [[ $_wp_control == *ignore[sb]* && $1 == [[:blank:]]* ]] && hidden=leading-space
  [[ $_wp_control == *ignore[db]* && ! $hidden && $1 == "$_wp_previous" ]] && hidden=ignore-dups
  [[ $_wp_ignore && ! $hidden ]] || return 0
  [[ $- == *f* ]] || { glob=1; set -f; }
  for pattern in $_wp_ignore; do
    [[ $pattern == '&' ]] && { [[ $1 == "$_wp_previous" ]] && hidden=histignore; continue; }
    # shellcheck disable=SC2053
    [[ $1 == $pattern ]] && hidden=histignore
  done
  [[ $glob ]] && set +f
  return 0
}

# The same with history settings of the user that would have hidden the line, or with a line that is several entries.
_wp_start_by_rules() {
  local text='' entry='' rest='' hidden='' count=1 mark=$'\x1f\x1e'
  if ! shopt -q cmdhist; then
    { HISTTIMEFORMAT=$_wp_mark builtin history 1; builtin printf '\0'; } 1<>"$_wp_scratch"
    IFS= builtin read -rd '' rest <"$_wp_scratch"
    rest=${rest%%$_wp_mark*}
    count=$((${rest//[!0-9]/} - _wp_next + 1))
    ((count > 0)) || count=1
  fi
  # Written over what is there: to make the file empty first would cost more than all the rest.
  { HISTTIMEFORMAT=$mark builtin history "$count"; builtin printf '\0'; } 1<>"$_wp_scratch"
  IFS= builtin read -rd '' rest <"$_wp_scratch"
  rest=${rest#*"$mark"}
  if ((count > 1)); then
    while [[ $rest == *$'\n'*"$mark"* ]]; do
      entry=${rest%%"$mark"*}
      text+=${entry%$'\n'*}$'\n'
      rest=${rest#*"$mark"}
    done
  fi
  text+=${rest%$'\n'}
  # bash ends a here-document with a line break that nobody typed.
  text=${text%$'\n'}
  [[ $_wp_control$_wp_ignore$_wp_size ]] && _wp_why_hidden "$text"
  builtin printf '\x1eWP1\0B\0%s\0%s\0h\0%s\0%s\0%s\0' $((++_wp_sequence)) "$_wp_at" "$PWD" "$hidden" "$text" >>"$_wp_file"
  if [[ $hidden && $hidden != histsize-zero ]]; then
    _wp_forget "$count"
  else
    [[ $_wp_join && $count == 1 && $text == *$'\n'* ]] && _wp_join_lines "$text" "$count"
    _wp_previous=$text
    [[ $_wp_control == *erasedups* ]] && _wp_erase_duplicates "$text"
  fi
  [[ $_wp_rules ]] && _wp_give_back
  return 0
}

# The newest entries go. A number counts as bash counts: from 5.0 on -1 is the newest.
_wp_forget() {
  local at
  for ((at = 0; at < $1; at++)); do
    if ((_wp_version >= 500)); then builtin history -d -1; else builtin history -d $((HISTCMD - at)); fi 2>/dev/null
  done
}

# A command of several lines becomes one line of the history, as bash itself would have joined it. Where quotes or a
# here-document make that uncertain, its lines stay as they are.
_wp_join_lines() {
  local line='' joined='' rest=$1$'\n' tail='(^|[[:space:];&|(])(do|else|if|then|until|while|in|case)[[:space:]]*$|[{();&|][[:space:]]*$'
  [[ $1 == *[\'\"\`]* || $1 == *'<<'* || $1 == *'$('* ]] && return
  while [[ $rest ]]; do
    line=${rest%%$'\n'*} rest=${rest#*$'\n'}
    if [[ ! $rest ]]; then joined+=$line
    elif [[ $line == *\\ ]]; then joined+=${line%\\}
    elif [[ $line =~ $tail || ! $line ]]; then joined+="$line "
    else joined+="$line; "; fi
  done
  _wp_forget "$2"
  builtin history -s -- "$joined"
}

# `erasedups`: older entries with the same text go, as bash would have made them go.
_wp_erase_duplicates() {
  local line='' number='' -a old=()
  { HISTTIMEFORMAT=$'\x1f' builtin history; builtin printf '\0'; } 2>&- 1<>"$_wp_scratch"
  while IFS= builtin read -r line; do
    [[ $line == *$'\x1f'"$1" ]] && { number=${line%%$'\x1f'*}; old+=("${number//[!0-9]/}"); }
  done 2>&- <"$_wp_scratch"
  local at
  for ((at = ${#old[@]} - 2; at >= 0; at--)); do builtin history -d "${old[at]}" 2>/dev/null; done
}

# The user's settings of the history, which were set aside while the line was read.
_wp_give_back() {
  [[ $_wp_control ]] && HISTCONTROL=$_wp_control
  [[ $_wp_ignore ]] && HISTIGNORE=$_wp_ignore
  [[ $_wp_size ]] && HISTSIZE=0
  _wp_control='' _wp_ignore='' _wp_size='' _wp_rules=''
  return 0
}

# Makes bash remember the next line as it is typed, whatever it would hide or join.
_wp_set_aside() {
  [[ ${HISTCONTROL-} ]] && { _wp_rules=1 _wp_control=$HISTCONTROL; HISTCONTROL=''; }
  [[ ${HISTIGNORE-} ]] && { _wp_rules=1 _wp_ignore=$HISTIGNORE; HISTIGNORE=''; }
  [[ ${HISTSIZE-} == 0 ]] && { _wp_rules=1 _wp_size=0; HISTSIZE=1; }
  return 0
}

# Code of the DEBUG trap, armed for one command line; when the history is off it stays, and tells each simple command. What
# the user sees as $? and $_ stays what it is. The error output is closed for what cannot be written, and for `set -x`.
_wp_trap='{ _wp_last=$_; _wp_debug "$BASH_COMMAND" && builtin trap - DEBUG; : "$_wp_last"; } 2>&-'
# A trap of the user runs after ours, and not for the commands of our own prompt command (all of them name _wp_).
_wp_beside_from='{ _wp_status=$? _wp_last=$_; _wp_debug "$BASH_COMMAND" || :; } 2>&-; [[ $BASH_COMMAND == *_wp_* ]] || { [[ $- == *e* ]] || _wp_answer "$_wp_status" "$_wp_last"
'
_wp_beside_to=$'\n}'
_wp_answer() { return "$1"; }

# Arms the trap for the next line. A trap that is there can be seen only outside of functions, and is told of by the failure
# to print it: then it is read, and armed beside ours.
_wp_none=''
_wp_prompt_command='{ _wp_prompt || :; builtin trap -p DEBUG $_wp_none && builtin trap "$_wp_trap" DEBUG || eval "$_wp_look" || :; } >&- 2>&-'
# The trap itself may write: so the output of nothing but `trap -p` goes to the file.
_wp_look='builtin trap -p DEBUG $_wp_none >|"$_wp_scratch" && _wp_arm_beside'
_wp_arm_beside() {
  local found=''
  IFS= builtin read -rd '' found <"$_wp_scratch"
  case $found in
    '') return 0 ;;
    *_wp_answer*) ;;
    *_wp_debug*) builtin trap "$_wp_trap" DEBUG ;;
    *)
      # trap -p quotes its code so that it can be read again.
      local -a words=()
      eval "words=($found)"
      builtin trap "$_wp_beside_from${words[2]-}$_wp_beside_to" DEBUG
      ;;
  esac
  return 0
}

# Before each prompt: the end of the command, and everything made ready for the next one.
_wp_prompt() {
  _wp_result=$? _wp_pipe="${PIPESTATUS[*]}"
  [[ $_wp_open && $_wp_file && ! $_wp_armed ]] || _wp_late
  if [[ $_wp_open ]]; then
    _wp_now=${EPOCHREALTIME-}
    [[ $_wp_now ]] || { _wp_clock; _wp_known=''; }
    builtin printf '\x1eWP1\0E\0%s\0%s\0%s\0%s\0%s\0' $((++_wp_sequence)) "${_wp_now/[.,]/}" "$_wp_open" "$_wp_result" "$_wp_pipe" >>"$_wp_file"
  fi
  _wp_open='' _wp_at=0 _wp_lines=''
  # All settings that decide how the next line is taken are those of the last one.
  if [[ -o history && $-:${HISTCONTROL-}:${HISTIGNORE-}:${HISTSIZE-}:${HISTTIMEFORMAT+x}:$BASHOPTS:${PS0-}:${PS2-} == "$_wp_known" ]]; then
    _wp_next=$HISTCMD
    [[ $_wp_quick ]] && { _wp_rules=1 _wp_control=$HISTCONTROL; HISTCONTROL=''; }
    [[ $_wp_literal ]] || { shopt -s lithist; _wp_join=1; }
    return 0
  fi
  _wp_make_ready
}

# What is rare at a prompt: no file yet; nothing was run; a line that bash did not run (a syntax error, a comment) or ran
# without the trap (a subshell).
_wp_late() {
  [[ $_wp_file ]] || _wp_begin_file b "$_wp_mode" || :
  if [[ $_wp_first && ! $_wp_armed ]]; then
    :
  elif [[ $_wp_first && ${HISTCONTROL-}${HISTIGNORE-} ]]; then
    # Our prompt command was replaced before the first prompt and PS0 put it back: has the history this line? A gap says so.
    _wp_sequence=$((_wp_sequence + 1))
  elif [[ $_wp_armed && ! -o history ]]; then
    :
  # Without PS0 (before 4.4) it is armed at each prompt, an empty Enter or not: only the history tells.
  elif [[ $_wp_armed && $_wp_version -ge 404 ]] || { [[ ! $_wp_open ]] && ((HISTCMD > _wp_next)); }; then
    _wp_start ''
  fi
  _wp_first='' _wp_armed=''
  [[ ! $_wp_rules ]] || _wp_give_back
}

_wp_make_ready() {
  _wp_fast='' _wp_quick='' _wp_known='' _wp_literal=''
  _wp_put_in
  # Of an empty Enter: nothing has joined since.
  [[ $_wp_join ]] && { shopt -u lithist; _wp_join=''; }
  shopt -q lithist && _wp_literal=1
  if [[ -o history && ! ${HISTIGNORE-} && ${HISTSIZE-} != 0 && ! ${HISTTIMEFORMAT+x} && ${HISTCONTROL-} != *erasedups* && $_wp_version -ge 501 && ${EPOCHREALTIME-} && $BASHOPTS == *cmdhist* ]]; then
    _wp_known=$-:${HISTCONTROL-}:${HISTIGNORE-}:${HISTSIZE-}:${HISTTIMEFORMAT+x}:$BASHOPTS:$PS0:$PS2
    if [[ ${HISTCONTROL-} ]]; then _wp_quick=1; else _wp_fast=1; fi
  fi
  if [[ -o history ]]; then
    _wp_off=''
    [[ ${HISTCONTROL-}${HISTIGNORE-} || ${HISTSIZE-} == 0 ]] && _wp_set_aside
    [[ $_wp_literal ]] || { shopt -s lithist; _wp_join=1; }
  else
    _wp_off=1 _wp_details=0
  fi
  _wp_next=$HISTCMD
  return 0
}
_wp_put_in() {
  if ((_wp_version >= 404)); then
    [[ ${PS0-} == *_wp_at* ]] || PS0=$_wp_ps0${PS0-}
  fi
  [[ ${PS2-} == *_wp_lines* ]] || PS2=$_wp_ps2${PS2-}
  return 0
}

# PS0 is expanded when a line was read, before it runs: it takes the time and arms. It also puts the prompt command back.
# `+0` makes a sum of nothing where the clock was unset: an error would show.
_wp_ps0='${_wp_blank:0:$((_wp_at=${EPOCHREALTIME/[.,]/}+0,_wp_armed=1,0))}'
((_wp_version >= 501)) && _wp_ps0+='${_wp_prompt_command##${PROMPT_COMMAND[900]:=$_wp_prompt_command}}'

# PS2 is expanded for each further line of a command.
_wp_ps2='${_wp_blank:0:$((_wp_lines=1,0))}'

# Without a file (no folder yet) all goes on the same: numbers are used up, and each prompt tries again.
_wp_begin_file b "$_wp_mode"
if ((_wp_version >= 501)); then
  [[ ${PROMPT_COMMAND[0]-} ]] || unset 'PROMPT_COMMAND[0]'
  # Far behind: an assignment to PROMPT_COMMAND as one string replaces element 0 only.
  PROMPT_COMMAND[900]=$_wp_prompt_command
else
  # One string: what comes behind us must see the $? of the user.
  PROMPT_COMMAND="$_wp_prompt_command; { [[ \$-\$_wp_blank == *e* ]] || _wp_answer \"\$_wp_result\"; }${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
  ((_wp_version >= 404)) || PROMPT_COMMAND+='; _wp_armed=1'
fi
# Now, not at the first prompt only: a start file may go on and replace PROMPT_COMMAND as a whole.
_wp_put_in
return 0
