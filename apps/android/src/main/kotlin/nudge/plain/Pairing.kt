package nudge

import java.net.URI
import java.net.URISyntaxException
import java.net.URLDecoder
import java.net.URLEncoder

/**
 * What `nudge pair` shows (docs/pairing.md): where the broker is, and as whom. It
 * holds secrets: keep it sealed, and out of logs.
 * @property broker mqtt:// or mqtts://; null: only a page can connect
 * @property ws ws:// or wss://
 * @property username the login at the broker; null: it takes anybody
 * @property password null: ask the person, if there is a [username]
 * @property root the first level of all topics, or several
 * @property ca sha256 of the CA certificate (DER), 64 hexadecimal digits
 * @property key for [Nudge.pair]; null: this phone cannot answer
 */
class Pairing private constructor(
  val user: String,
  val broker: String?,
  val ws: String?,
  val username: String?,
  val password: String?,
  val root: String,
  val ca: String?,
  val key: ByteArray?,
) {
  /**
   * A text to keep, sealed, from which all comes again but the key.
   * @param password in place of its own, if the person was asked
   */
  fun textToKeep(password: String? = this.password): String {
    val members = listOf(
      "user" to user, "broker" to broker, "ws" to ws, "username" to username,
      "password" to password, "root" to root, "ca" to ca,
    )
    return members.filter { it.second != null }
      .joinToString("&", "nudge:pair?") { "${it.first}=${URLEncoder.encode(it.second, "UTF-8").replace("+", "%20")}" }
  }

  /** @param device this phone's, made once and kept */
  fun account(device: String) = Account(root, user, device)

  companion object {
    private val users = Regex("(?!bridge$)[A-Za-z0-9_-]{1,64}")
    private val roots = Regex("[^+#/\\s\\p{Cc}]+(/[^+#/\\s\\p{Cc}]+)*")
    private val cas = Regex("[0-9A-Fa-f]{64}")
    private val texts = Regex("[^\\p{Cc}]+")

    /**
     * Both forms: `nudge:pair?…`, and the address of a page with the same after `#pair?`.
     * @throws Unreadable its message is a sentence for the person, without secrets
     */
    fun of(text: String): Pairing {
      val members = membersOf(text.trim())
      fun member(name: String, isIt: (String) -> Boolean): String? {
        val value = members[name] ?: return null
        if (isIt(value)) return value
        throw Unreadable("The pairing text's $name is damaged or wrong: run nudge pair again.")
      }
      val user = member("user", users::matches)
        ?: throw Unreadable("The pairing text names no user: run nudge pair again.")
      val broker = member("broker") { isAddress(it, setOf("mqtt", "mqtts")) }
      val ws = member("ws") { isAddress(it, setOf("ws", "wss")) }
      if (broker == null && ws == null) {
        throw Unreadable("The pairing text names no broker: run nudge pair again.")
      }
      return Pairing(
        user = user,
        broker = broker,
        ws = ws,
        username = member("username", texts::matches),
        password = members["password"],
        root = member("root", roots::matches) ?: "nudge",
        ca = member("ca", cas::matches),
        key = member("key") { ReplyKey.bytesOf(it) != null }?.let(ReplyKey::bytesOf),
      )
    }

    private fun membersOf(text: String): Map<String, String> {
      val start = if (text.startsWith("nudge:pair?")) "nudge:pair?" else "#pair?"
      if (start !in text) throw Unreadable("That is no pairing text: scan what nudge pair shows.")
      val members = mutableMapOf<String, String>()
      for (member in text.substringAfter(start).split('&').filter(String::isNotEmpty)) {
        val parts = member.split('=', limit = 2)
        val name = parts[0]
        val value = parts.getOrNull(1)?.let(::decode)
          ?: throw Unreadable("The pairing text is damaged: scan or copy it again.")
        if (members.put(name, value) != null) {
          throw Unreadable("The pairing text says $name twice: do not trust where it came from.")
        }
      }
      return members
    }

    /** Percent-encoded UTF-8; null: it is none. A "+" is a "+". */
    private fun decode(text: String): String? =
      try {
        URLDecoder.decode(text.replace("+", "%2B"), "UTF-8").takeIf { '\uFFFD' !in it }
      } catch (_: IllegalArgumentException) {
        null
      }

    /** No login in it: that would stand in logs. */
    private fun isAddress(text: String, schemes: Set<String>): Boolean =
      try {
        val uri = URI(text)
        val place = uri.rawAuthority.orEmpty()
        uri.scheme in schemes && uri.rawFragment == null &&
          place.isNotEmpty() && !place.startsWith(":") && '@' !in place
      } catch (_: URISyntaxException) {
        false
      }
  }
}
