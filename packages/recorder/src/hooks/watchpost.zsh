# Watchpost: writes what is typed in an interactive zsh to the spool file of this shell (docs/format/shell-spool.md); of a zsh
# that sshd gave a command (`ssh host command`), that command.
# Each record is one write. Nothing here forks, talks to a network, or can fail in a way that the user sees.

# Not for scripts, nor for what other programs run by `zsh -c`.
[[ -o interactive || ( -n ${ZSH_EXECUTION_STRING+x} && -n ${SSH_CONNECTION-} && ${SHLVL-} == 1 ) ]] || return 0
[[ ${_wp_pid-} == $$ ]] && return 0
zmodload zsh/datetime zsh/system 2>/dev/null || return 0
typeset -g _wp_pid=$$ _wp_fd= _wp_file= _wp_mode=i _wp_sequence=1 _wp_open= _wp_hidden= _wp_previous=
# The clock, where somebody took away the one of zsh/datetime.
typeset -g _wp_seconds='%D{%s}'
[[ -o login ]] && _wp_mode=l

# The first record. $1: letter of the file, $2: mode.
_wp_begin_file() {
  emulate -L zsh
  local line login session boot n=$'\0' now=$EPOCHREALTIME
  { IFS= read -r line </proc/$$/stat && IFS= read -r boot </proc/sys/kernel/random/boot_id } 2>/dev/null || return 1
  { IFS= read -r login </proc/$$/loginuid; IFS= read -r session </proc/$$/sessionid } 2>/dev/null
  local -a stat
  stat=(${=line##*\) })
  _wp_file=${WATCHPOST_SPOOL:-/var/spool/watchpost/shells}/$1.$EUID.$$.$stat[20].$RANDOM$RANDOM
  sysopen -w -a -m 0600 -o creat,cloexec,nofollow -u _wp_fd -- $_wp_file 2>/dev/null || { _wp_fd=; return 1; }
  now=${now/./}
  syswrite -o $_wp_fd -- $'\x1e'"WP1${n}S${n}1${n}${(r:16::0:)now}${n}zsh${n}${ZSH_VERSION}${n}$$${n}$PPID${n}$UID${n}$EUID${n}${login}${n}${session}${n}$stat[5]${n}$stat[20]${n}${boot}${n}${HOST}${n}${SSH_CONNECTION-}${n}${SHLVL}${n}${PWD}${n}$2${n}" 2>/dev/null
  return 0
}

# The command that sshd gave this shell: the parent tells it from every other `zsh -c`.
_wp_command() {
  emulate -L zsh
  local parent n=$'\0' now=$EPOCHREALTIME
  { IFS= read -r parent </proc/$PPID/comm } 2>/dev/null
  [[ $parent == (sshd|sshd-session|dropbear) ]] || return 1
  _wp_begin_file c c || return 1
  now=${now/./}
  syswrite -o $_wp_fd -- $'\x1e'"WP1${n}B${n}2${n}${(r:16::0:)now}${n}h${n}${PWD}${n}${n}${ZSH_EXECUTION_STRING}${n}" 2>/dev/null
  return 0
}
_wp_command_end() {
  local result=$? pipe="$pipestatus" now=$EPOCHREALTIME
  emulate -L zsh
  [[ $sysparams[pid] == $$ ]] || return 0
  local n=$'\0'
  now=${now/./}
  syswrite -o $_wp_fd -- $'\x1e'"WP1${n}E${n}3${n}${(r:16::0:)now}${n}2${n}${result}${n}${pipe}${n}" 2>/dev/null
  return 0
}
if [[ ! -o interactive ]]; then
  # The output is closed for `set -x`, which would show what the trap does.
  _wp_command && trap '{ _wp_command_end } 2>/dev/null' EXIT
  return 0
fi

# Why the history of this shell will not have the line. Called with the options of the user.
_wp_why_hidden() {
  if (( HISTSIZE <= 1 )); then _wp_hidden=histsize-zero
  elif [[ -o histignorespace && $1 == ' '* ]]; then _wp_hidden=leading-space
  elif [[ -o histnostore && $1 == (history|fc)([[:space:]]*|) ]]; then _wp_hidden=no-store
  elif [[ ( -o histignoredups || -o histignorealldups ) && $1 == "$_wp_previous" ]]; then _wp_hidden=ignore-dups
  fi
  [[ -n $_wp_hidden ]] || _wp_previous=$1
}

# A line was read, as typed, before zsh decides whether its history keeps it, and before it runs. A call of a function is
# what costs in zsh: so this one does it all, with the options of the user, which its quotes make harmless.
_wp_start() {
  [[ $_wp_pid == $$ && "$1" != $'\n' && -n "$1" ]] || return 0
  local text="${1%$'\n'}" now="${EPOCHREALTIME:-${(%)_wp_seconds}}"
  _wp_hidden=
  if [[ $HISTSIZE -le 1 || -o histignorespace || -o histnostore || -o histignoredups || -o histignorealldups ]]; then
    _wp_why_hidden "$text"
  fi
  [[ "$text" == *$'\0'* ]] && text="${text//$'\0'/␀}"
  [[ -n $_wp_fd ]] || _wp_begin_file z $_wp_mode
  _wp_open=$((++_wp_sequence))
  [[ -n $_wp_fd ]] && syswrite -o $_wp_fd -- $'\x1eWP1\0B\0'"$_wp_open"$'\0'"${(r:16::0:)now/./}"$'\0h\0'"$PWD"$'\0'"$_wp_hidden"$'\0'"$text"$'\0'
  [[ " ${precmd_functions[*]-} " == *' _wp_end '* ]] || precmd_functions=(_wp_end $precmd_functions)
  return 0
}

_wp_end() {
  local result=$? pipe="${pipestatus[*]}" now="${EPOCHREALTIME:-${(%)_wp_seconds}}"
  if [[ -n $_wp_open ]]; then
    _wp_sequence=$((_wp_sequence + 1))
    [[ $_wp_pid == $$ && -n $_wp_fd ]] && syswrite -o $_wp_fd -- $'\x1eWP1\0E\0'"$_wp_sequence"$'\0'"${(r:16::0:)now/./}"$'\0'"$_wp_open"$'\0'"$result"$'\0'"$pipe"$'\0'
    _wp_open=
  fi
  [[ " ${zshaddhistory_functions[*]-} " == *' _wp_start '* ]] || zshaddhistory_functions=(_wp_start $zshaddhistory_functions)
  return 0
}

# Without a file (no folder yet) all goes on the same: numbers are used up, and each prompt tries again.
_wp_begin_file z $_wp_mode
typeset -ga precmd_functions zshaddhistory_functions
precmd_functions=(_wp_end $precmd_functions)
zshaddhistory_functions=(_wp_start $zshaddhistory_functions)
return 0
