package nudge

import kotlin.test.assertEquals
import org.json.JSONObject
import org.junit.Test

/** The documents of docs/schema: device, presence, ack, reply. */
class AccountTest {
  private val account = Account("nudge", "alice", "phone")

  private fun assertSays(topic: String, json: String, isRetained: Boolean, publication: Publication) {
    assertEquals(topic, publication.topic)
    assertEquals(isRetained, publication.isRetained)
    assertEquals(JSONObject(json).toString(), JSONObject(publication.payload).toString())
  }

  @Test
  fun `registers for FCM, sealed`() {
    assertSays(
      "nudge/alice/device/phone",
      """{"platform":"fcm","token":"t","data":true,"encrypt":{"p256dh":"${Vectors.keys.p256dh}",
         "auth":"BTBZMqHH6r4Tts7J_aSIgg"},"name":"Pixel","acks":true,
         "servers":{"workstation":"http://10.0.0.5:4096"}}""",
      isRetained = true,
      account.registerFcm("t", Vectors.keys, "Pixel", mapOf("workstation" to "http://10.0.0.5:4096")),
    )
  }

  @Test
  fun `registers for UnifiedPush`() {
    assertSays(
      "nudge/alice/device/phone",
      """{"platform":"webpush","endpoint":"https://ntfy.sh/upABC?up=1","keys":{"p256dh":"p",
         "auth":"a"},"progress":{},"name":"Pixel","acks":true}""",
      isRetained = true,
      account.registerUnifiedPush("https://ntfy.sh/upABC?up=1", "p", "a", "Pixel", emptyMap()),
    )
  }

  @Test
  fun `takes its registration back with nothing`() {
    assertEquals(Publication("nudge/alice/device/phone", "", isRetained = true), account.unregister())
  }

  @Test
  fun `says whether somebody looks`() {
    assertSays(
      "nudge/alice/presence/phone",
      """{"state":"foreground","ttl_s":90}""",
      isRetained = true,
      account.foreground(90),
    )
    assertEquals(
      Publication("nudge/alice/presence/phone", "background", isRetained = true),
      account.background(),
    )
  }

  @Test
  fun `says what was seen`() {
    assertEquals(Publication("nudge/alice/ack", "evt_1"), account.seen("evt_1"))
    assertSays(
      "nudge/alice/ack",
      """{"event":"evt_1","device":"phone","open_s":10}""",
      isRetained = false,
      account.seen("evt_1", 10),
    )
  }
}
