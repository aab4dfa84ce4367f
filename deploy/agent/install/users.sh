# ---------------------------------------------------------------- users
# The user of the service and its groups. Must never give it a shell, a password, or a group that nothing asked for.

# Numbers, because names of another root mean nothing here.
owner_ids() {
	case $1 in
	root) printf '0:0' ;;
	agent) printf '%s:%s' "$(user_id)" "$(group_id "$USER_NAME")" ;;
	group) printf '0:%s' "$(group_id "$USER_NAME")" ;;
	esac
}

user_id() { sed -n "s/^$USER_NAME:[^:]*:\\([0-9]*\\):.*/\\1/p" "$ROOT/etc/passwd"; }
group_id() { sed -n "s/^$1:[^:]*:\\([0-9]*\\):.*/\\1/p" "$ROOT/etc/group"; }

# Tools of the shadow suite, where they are. A small system has none, and another root has its own: there the files are
# edited as they would do it.
has_tool() { [ -z "$ROOT" ] && have "$1"; }

# edit FILE SCRIPT: sed, in one step, with the file's own mode and owner.
edit() {
	{
		cp -p "$1" "$1.spillway-new" && sed -e "$2" "$1" >"$1.spillway-new" && mv -f "$1.spillway-new" "$1"
	} || {
		rm -f "$1.spillway-new"
		die "$1 cannot be written" "Is the file system full or read-only?"
	}
}

append() { edit "$1" "\$a\\
$2"; }

make_user() {
	[ -z "$(user_id)" ] || return 0
	DIRTY=yes
	act "make the user $USER_NAME, without a shell" add_user
	[ -n "$DRY_RUN" ] || [ -n "$(user_id)" ] || die "the user $USER_NAME could not be made"
}

add_user() {
	shell=/bin/false
	for candidate in /sbin/nologin /usr/sbin/nologin; do [ ! -e "$ROOT$candidate" ] || shell=$candidate; done
	if has_tool useradd && has_tool groupadd; then
		[ -n "$(group_id "$USER_NAME")" ] || groupadd --system "$USER_NAME"
		useradd --system --no-create-home --home-dir /var/lib/spillway --shell "$shell" --gid "$USER_NAME" "$USER_NAME"
		return 0
	fi
	new_id=999
	while grep -q "^[^:]*:[^:]*:$new_id:" "$ROOT/etc/passwd" "$ROOT/etc/group"; do new_id=$((new_id - 1)); done
	[ -n "$(group_id "$USER_NAME")" ] || append "$ROOT/etc/group" "$USER_NAME:x:$new_id:"
	append "$ROOT/etc/passwd" "$USER_NAME:x:$new_id:$(group_id "$USER_NAME"):Spillway agent:/var/lib/spillway:$shell"
	[ ! -e "$ROOT/etc/shadow" ] || append "$ROOT/etc/shadow" "$USER_NAME:!:::::::"
}

in_group() { grep -q "^$1:.*[:,]$USER_NAME\\(,\\|\$\\)" "$ROOT/etc/group"; }

# Only what the configuration reads: adm and systemd-journal read logs; docker may do everything.
join_groups() {
	groups=''
	case " $PARTS " in *' journal '*) groups=systemd-journal ;; esac
	case " $PARTS " in *' syslog '*) groups=adm ;; esac
	if [ "${DOCKER:-no}" = yes ]; then
		[ -n "$(group_id docker)" ] || die "there is no group docker on this system" "Install Docker first, or leave --docker out."
		groups="$groups docker"
	fi
	for group in $groups; do
		if [ -z "$(group_id "$group")" ] || in_group "$group"; then continue; fi
		DIRTY=yes
		act "put $USER_NAME into the group $group" add_to_group "$group"
	done
}

add_to_group() {
	if has_tool usermod; then
		usermod -a -G "$1" "$USER_NAME"
	else
		edit "$ROOT/etc/group" "/^$1:/{
s/\$/,$USER_NAME/
s/:,/:/
}"
	fi
}

leave_docker() {
	[ "${DOCKER:-no}" = no ] && in_group docker || return 0
	DIRTY=yes
	act "take $USER_NAME out of the group docker" leave_group docker
}

leave_group() {
	if has_tool gpasswd; then
		gpasswd --delete "$USER_NAME" "$1" >/dev/null
	else
		edit "$ROOT/etc/group" "/^$1:/{
s/\([:,]\)$USER_NAME\(,\|\$\)/\1/
s/,\$//
}"
	fi
}

remove_user() {
	[ -n "$(user_id)" ] || [ -n "$(group_id "$USER_NAME")" ] || return 0
	DIRTY=yes
	act "remove the user $USER_NAME" delete_user
}

delete_user() {
	if has_tool userdel && has_tool groupdel; then
		[ -z "$(user_id)" ] || userdel "$USER_NAME"
		[ -z "$(group_id "$USER_NAME")" ] || groupdel "$USER_NAME"
		return 0
	fi
	for group in adm systemd-journal docker; do
		if in_group "$group"; then leave_group "$group"; fi
	done
	for file in passwd shadow group; do
		[ ! -e "$ROOT/etc/$file" ] || edit "$ROOT/etc/$file" "/^$USER_NAME:/d"
	done
}
