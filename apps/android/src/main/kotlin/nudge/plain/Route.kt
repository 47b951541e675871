package nudge

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.util.Base64

/**
 * Where a tap leads: "/server/<base64url(server)>/session/<id>", or
 * "/<base64url(directory)>/session/<id>" where the phone did not say how it
 * reaches the host. Whether it knows that server is for the app to decide.
 */
data class Route(val href: String, val server: String?, val directory: String?, val session: String) {
  companion object {
    private const val HREF_MAX = 2048
    private val shape = Regex("/(server/)?([A-Za-z0-9_-]+)/session/([A-Za-z0-9_-]{1,256})")

    /** null: leads nowhere in this app. */
    fun of(href: String): Route? {
      val parts = href.takeIf { it.length <= HREF_MAX }?.let(shape::matchEntire)?.groupValues
      val base = parts?.let { decode(it[2]) } ?: return null
      val isServer = parts[1].isNotEmpty()
      if (isServer && !base.startsWith("http://") && !base.startsWith("https://")) return null
      return Route(href, base.takeIf { isServer }, base.takeIf { !isServer }, parts[3])
    }

    private fun decode(text: String): String? =
      try {
        Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Base64.getUrlDecoder().decode(text))).toString()
          .takeIf { decoded -> decoded.none { it.isISOControl() } }
      } catch (_: IllegalArgumentException) {
        null
      } catch (_: CharacterCodingException) {
        null
      }
  }
}
