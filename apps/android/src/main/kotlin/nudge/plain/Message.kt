package nudge

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.util.Base64
import org.json.JSONException
import org.json.JSONObject

/** What a notification's buttons do: show the session, allow it this time, refuse it, answer in words. */
enum class Offer { OPEN, ONCE, REJECT, ANSWER }

/** What a push asks for. Its shapes are in docs/push-payloads.md. */
sealed interface Message {
  /** A newer one with the same tag replaces the older. */
  val tag: String

  data class Withdraw(override val tag: String) : Message

  /**
   * How a running turn goes; the preference `progress`. Times are milliseconds since the epoch.
   * @property isOver it ended: nothing of it is shown any more
   * @property state "busy", "waiting", "idle", "error"
   * @property ts a later one has a larger one
   * @property stale nobody knows how it goes from then on
   * @property title null: it has none, or it may not be told
   */
  data class Turn(
    override val tag: String,
    val event: String,
    val state: String,
    val since: Long,
    val ts: Long,
    val stale: Long,
    val title: String? = null,
    val project: String? = null,
    val session: String? = null,
    val route: Route? = null,
  ) : Message {
    val isOver get() = event == "end"
  }

  /**
   * Texts are of one line but for [body], never empty but for nothing to say: null.
   * @property level "passive", "active", "time-sensitive"; also the channel
   * @property badge how many wait for an answer; null if the bridge did not say
   * @property isCut the text is not the whole of what is asked: nobody may allow it from here
   * @property request what an answer is for; null: nothing can be answered
   */
  data class Show(
    override val tag: String,
    val title: String,
    val body: String,
    val level: String = "active",
    val badge: Int? = null,
    val category: String? = null,
    val isCut: Boolean = false,
    val kind: String? = null,
    val event: String? = null,
    val session: String? = null,
    val route: Route? = null,
    val request: Request? = null,
  ) : Message {
    /**
     * Its buttons. What is not shown whole can only be refused.
     * @param canAnswer there is a key; without it nothing can be answered at all
     */
    fun offers(canAnswer: Boolean): List<Offer> =
      when {
        category == null || request == null -> emptyList()
        !canAnswer -> listOf(Offer.OPEN)
        isCut -> listOf(Offer.OPEN, Offer.REJECT)
        category == QUESTION -> listOf(Offer.ANSWER)
        else -> listOf(Offer.ONCE, Offer.REJECT)
      }
  }

  companion object {
    /** In place of what cannot be read: a push that shows nothing is held against the app. */
    val neutral = Show("nudge", "nudge", "There is news from your agents.")

    private const val TEXT_MAX = 4096
    private val tags = Regex("[A-Za-z0-9_-]{1,64}")
    private val ids = Regex("[A-Za-z0-9_-]{1,256}")
    private val events = setOf("start", "update", "end")
    private val states = setOf("busy", "waiting", "idle", "error")
    private val levels = setOf("passive", "active", "time-sensitive")
    private const val PERMISSION_CUT = "NUDGE_PERMISSION_CUT"
    private const val QUESTION = "NUDGE_QUESTION"
    private val categories = setOf("NUDGE_PERMISSION", PERMISSION_CUT, QUESTION)

    /**
     * What UnifiedPush hands over: an RFC 8291 body.
     * @throws Unreadable
     */
    fun ofBody(body: ByteArray, keys: DeviceKeys): Message = ofText(Ece.open(body, keys))

    /**
     * What FCM hands over: its data, and the title and body that it would show
     * itself while the app is away.
     * @param keys asked only for what is sealed
     * @throws Unreadable
     */
    fun ofData(
      data: Map<String, String>,
      title: String?,
      body: String?,
      keys: () -> DeviceKeys,
    ): Message {
      data["withdraw"]?.let { return Withdraw(tagOf(it)) }
      data["e"]?.let { return ofBody(decode(it), keys()) }
      // What is waited for comes as data alone: Google keeps only the newest
      // notification for a phone that is offline.
      val badge = data["badge"]?.toIntOrNull()?.takeIf { it >= 0 }
      val message =
        show(data["tag"], title ?: data["title"], body ?: data["body"], badge, data::get)
      return if (data["silent"] == "true") message.copy(level = "passive") else message
    }

    /**
     * What was sealed.
     * @throws Unreadable
     */
    fun ofText(text: ByteArray): Message {
      val json = parse(text)
      json.text("withdraw")?.let { return Withdraw(tagOf(it)) }
      if (json.has("progress")) return turn(json.optJSONObject("progress") ?: throw Unreadable("its turn"))
      val shown = json.optJSONObject("notification") ?: throw Unreadable("no notification")
      val data = shown.optJSONObject("data") ?: JSONObject()
      val badge = (shown.opt("app_badge") as? Int)?.takeIf { it >= 0 }
      val isSilent = shown.opt("silent") == true
      val message = show(shown.text("tag"), shown.text("title"), shown.text("body"), badge) { data.text(it) }
      return if (isSilent) message.copy(level = "passive") else message
    }

    private fun turn(turn: JSONObject) = Turn(
      tag = tagOf(turn.text("id")),
      event = turn.text("event").takeIf { it in events } ?: throw Unreadable("its event"),
      state = turn.text("state").takeIf { it in states } ?: throw Unreadable("its state"),
      since = timeOf(turn, "since"),
      ts = timeOf(turn, "ts"),
      stale = timeOf(turn, "stale"),
      title = turn.text("title")?.takeIf { it.isNotBlank() },
      project = turn.text("project")?.takeIf { it.isNotBlank() },
      session = idOf(turn.text("session_id")),
      route = turn.text("href")?.let(Route::of),
    )

    private fun timeOf(turn: JSONObject, name: String): Long =
      when (val time = turn.opt(name)) {
        is Int -> time.toLong()
        is Long -> time
        else -> -1
      }.takeIf { it >= 0 } ?: throw Unreadable("its $name")

    private fun show(
      tag: String?,
      title: String?,
      body: String?,
      badge: Int?,
      member: (String) -> String?,
    ) = Show(
      tag = tagOf(tag),
      title = title?.takeIf { it.isNotBlank() } ?: neutral.title,
      body = body?.takeIf { it.isNotBlank() } ?: neutral.body,
      level = member("level").takeIf { it in levels } ?: neutral.level,
      badge = badge,
      category = member("category").takeIf { it in categories },
      isCut = member("cut") == "true" || member("category") == PERMISSION_CUT,
      kind = member("kind"),
      event = idOf(member("event_id")),
      session = idOf(member("session_id")),
      route = member("href")?.let(Route::of),
      request = Request.of(idOf(member("request_id")), member("nonce")),
    )

    private fun tagOf(text: String?): String =
      text?.takeIf(tags::matches) ?: throw Unreadable("its tag")

    private fun idOf(text: String?): String? = text?.takeIf(ids::matches)

    private fun decode(text: String): ByteArray =
      try {
        if (text.length > 2 * TEXT_MAX) throw Unreadable("its length")
        Base64.getUrlDecoder().decode(text)
      } catch (failure: IllegalArgumentException) {
        throw Unreadable("its base64url", failure)
      }

    private fun parse(text: ByteArray): JSONObject =
      try {
        JSONObject(Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString())
      } catch (failure: CharacterCodingException) {
        throw Unreadable("its UTF-8", failure)
      } catch (failure: JSONException) {
        throw Unreadable("its JSON", failure)
      } catch (failure: StackOverflowError) {
        throw Unreadable("its nesting", failure)
      }

    private fun JSONObject.text(name: String): String? = opt(name) as? String
  }
}
